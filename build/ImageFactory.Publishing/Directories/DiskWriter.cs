using System.IO.Compression;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gcp;
using ImageFactory.Images.Vhd;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Publishing.Directories;

/// <summary>Writes a disk to a file in one form.</summary>
internal static class DiskWriter
{
    public static string EndingOf(DirectoryFormat format) => format switch
    {
        DirectoryFormat.Raw => ".raw",
        DirectoryFormat.Vhd => ".vhd",
        DirectoryFormat.Gcp => ".tar.gz",
        DirectoryFormat.Vmdk => ".vmdk",
        _ => ".qcow2",
    };

    /// <summary>Whether the form is written by qemu-img: vmdk always, qcow2 unless the image is one.</summary>
    public static bool NeedsQemuImg(DirectoryFormat format, string? image) =>
        format == DirectoryFormat.Vmdk || (format == DirectoryFormat.Qcow2 && (image is null || !IsQcow2(image)));

    public static async Task WriteAsync(PublishableImage image, DirectoryFormat format, string path, PublishSurroundings surroundings, CancellationToken cancellation)
    {
        if (NeedsQemuImg(format, image.File))
        {
            await ConvertAsync(image.File, format, path, surroundings.Programs, cancellation).ConfigureAwait(false);
            return;
        }

        using IExtentSource disk = format == DirectoryFormat.Qcow2 ? RawFileSource.Open(image.File) : image.OpenDisk();
        await using FileStream target = new(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.Asynchronous);
        if (format == DirectoryFormat.Gcp)
            await GcpArchive.WriteAsync(disk, target, CompressionLevel.Optimal, surroundings.Processors, null, cancellation).ConfigureAwait(false);
        else if (format == DirectoryFormat.Vhd)
            await SparseCopy.CopyAsync(new FixedVhdSource(disk, DiskIds.Of(image.Digest)), target, 0, cancellation).ConfigureAwait(false);
        else
            await SparseCopy.CopyAsync(disk, target, 0, cancellation).ConfigureAwait(false);
        target.Flush(flushToDisk: true);
    }

    private static async Task ConvertAsync(string image, DirectoryFormat format, string path, IProgramRunner programs, CancellationToken cancellation)
    {
        string[] form = format == DirectoryFormat.Vmdk ? ["-O", "vmdk", "-o", "subformat=streamOptimized"] : ["-O", "qcow2", "-c", "-o", "compression_type=zstd"];
        await programs.RunAsync(new ProgramCall("qemu-img", ["convert", "-f", IsQcow2(image) ? "qcow2" : "raw", .. form, image, path]), cancellation).ConfigureAwait(false);
    }

    private static bool IsQcow2(string file)
    {
        using FileStream stream = File.OpenRead(file);
        Span<byte> start = stackalloc byte[4];
        return stream.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && Images.Qcow2.Qcow2Source.Recognises(start);
    }
}
