using System.IO.Compression;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Gcp;
using ImageFactory.Images.Vhd;
using ImageFactory.Model;
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

    /// <returns>The digest of the whole file.</returns>
    public static async Task<Sha256> WriteAsync(
        PublishableImage image, DirectoryFormat format, string path, PublishSurroundings surroundings, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        if (NeedsQemuImg(format, image.File))
        {
            await ConvertAsync(image.File, format, path, surroundings.Programs, progress, cancellation).ConfigureAwait(false);
            return await DigestAsync(path, cancellation).ConfigureAwait(false);
        }

        if (format == DirectoryFormat.Gcp)
        {
            using IExtentSource disk = image.OpenDisk();
            await using (FileStream archive = Create(path))
            {
                long total = disk.Extents().Where(e => e.Kind == ExtentKind.Data).Sum(e => e.Length);
                await GcpArchive.WriteAsync(disk, archive, CompressionLevel.Optimal, surroundings.Processors, done => progress.Report(new TransferProgress(done, total)), cancellation).ConfigureAwait(false);
                archive.Flush(flushToDisk: true);
            }

            return await DigestAsync(path, cancellation).ConfigureAwait(false);
        }

        // What is written is known before it lies there: its digest is taken by another thread meanwhile.
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task<Sha256> digest = Task.Run(() => DigestAsync(Open(image, format), stop.Token), CancellationToken.None);
        try
        {
            using IExtentSource source = Open(image, format);
            await using FileStream target = Create(path);
            await SparseCopy.CopyAsync(source, target, 0, done => progress.Report(new TransferProgress(done, source.Length)), cancellation).ConfigureAwait(false);
            target.Flush(flushToDisk: true);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)digest).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return await digest.ConfigureAwait(false);
    }

    public static Task<Sha256> DigestAsync(string path, CancellationToken cancellation) => DigestAsync(RawFileSource.Open(path), cancellation);

    private static async Task<Sha256> DigestAsync(IExtentSource source, CancellationToken cancellation)
    {
        using (source)
            return await Sha256.OfAsync(source.AsStream(), cancellation).ConfigureAwait(false);
    }

    private static IExtentSource Open(PublishableImage image, DirectoryFormat format) => format switch
    {
        DirectoryFormat.Qcow2 => RawFileSource.Open(image.File),
        DirectoryFormat.Vhd => new FixedVhdSource(image.OpenDisk(), DiskIds.Of(image.Digest)),
        _ => image.OpenDisk(),
    };

    private static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.Asynchronous);

    private static async Task ConvertAsync(string image, DirectoryFormat format, string path, IProgramRunner programs, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        string[] form = format == DirectoryFormat.Vmdk ? ["-O", "vmdk", "-o", "subformat=streamOptimized"] : ["-O", "qcow2", "-c", "-o", "compression_type=zstd"];
        long length = DiskLength(image);
        ProgramCall call = new("qemu-img", ["convert", "-p", "-f", IsQcow2(image) ? "qcow2" : "raw", .. form, image, path])
        {
            OnPercent = percent => progress.Report(new TransferProgress(length * percent / 100, length)),
        };
        await programs.RunAsync(call, cancellation).ConfigureAwait(false);
    }

    private static long DiskLength(string image)
    {
        using IExtentSource disk = DiskImage.Open(image);
        return disk.Length;
    }

    private static bool IsQcow2(string file)
    {
        using FileStream stream = File.OpenRead(file);
        Span<byte> start = stackalloc byte[4];
        return stream.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && Images.Qcow2.Qcow2Source.Recognises(start);
    }
}
