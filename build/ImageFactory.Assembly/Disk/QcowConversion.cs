using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Disk;

/// <summary>
/// To and from qcow2 by qemu-img; zstd packs five times faster than zlib and a little better. How far it is becomes the stage's progress.
/// </summary>
/// <param name="length">Of the disk as a machine sees it, in bytes.</param>
internal sealed class QcowConversion(Toolbox tools, IStageLog log, long length)
{
    public ProgramCall FromRaw(ClusterCompression compression, string source, string qcow2) => ToQcow2(["-f", "raw"], compression, [source], qcow2);

    /// <summary>From parts of files, which behind each other are the raw disk: so nobody writes that first.</summary>
    public ProgramCall FromParts(ClusterCompression compression, IEnumerable<RawPart> parts, string qcow2) =>
        ToQcow2(["--image-opts"], compression, parts.Select(p => p.AsOptions()), qcow2);

    /// <summary>To the format that the image file is to have.</summary>
    public ProgramCall FromQcow2(DiskFormat format, ClusterCompression compression, string source, string target) =>
        format == DiskFormat.Raw ? Call(["-f", "qcow2", "-O", "raw", source, target]) : ToQcow2(["-f", "qcow2"], compression, [source], target);

    private ProgramCall ToQcow2(IReadOnlyList<string> format, ClusterCompression compression, IEnumerable<string> sources, string qcow2)
    {
        List<string> arguments = [.. format, "-O", "qcow2"];
        if (compression != ClusterCompression.None)
            arguments.Add("-c");
        string options = "cluster_size=64k" + compression switch
        {
            ClusterCompression.Zstd => ",compression_type=zstd",
            ClusterCompression.Zlib => ",compression_type=zlib",
            _ => "",
        };
        return Call([.. arguments, "-o", options, "-m", "4", .. sources, qcow2]);
    }

    private ProgramCall Call(IReadOnlyList<string> arguments) =>
        tools.Call("qemu-img", ["convert", "-p", .. arguments]) with { OnPercent = percent => log.Progress(length * percent / 100, length, "bytes") };
}

/// <summary>Bytes of a file on this machine; both numbers are multiples of 512.</summary>
internal sealed record RawPart(string Path, long Offset, long Length)
{
    /// <summary>As QEMU's options of block devices (qemu-img(1), qemu-block-drivers(7)); a comma in a name is written twice.</summary>
    public string AsOptions() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"driver=raw,offset={Offset},size={Length},file.driver=file,file.filename={Path.Replace(",", ",,", StringComparison.Ordinal)}");
}
