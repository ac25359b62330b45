using ImageFactory.Model;
using ImageFactory.SecureExecution.Format;

namespace ImageFactory.SecureExecution.Writing;

/// <summary>
/// The two boot loaders of s390-tools. They are built for s390x only and are not part of this project (SE format, section 7).
/// Both are templates: their last bytes are replaced by arguments.
/// </summary>
internal sealed record LoaderBlobs(byte[] Stage3a, byte[] Stage3b)
{
    public const string DefaultFolder = "/usr/share/s390-tools/pvimg";

    /// <summary>Releases before 2.36 have them here.</summary>
    public const string OldFolder = "/usr/share/s390-tools/genprotimg";

    private const string Stage3aName = "stage3a.bin";
    private const string Stage3bName = "stage3b_reloc.bin";

    /// <summary>Real ones have 5 to 11 KiB; anything near this is another file.</summary>
    private const int MaximumSize = 1 << 20;

    /// <returns>Null when one of them has a fault.</returns>
    public static LoaderBlobs? Read(string folder, List<Fault> faults)
    {
        if (folder == DefaultFolder && !Directory.Exists(DefaultFolder) && Directory.Exists(OldFolder))
            folder = OldFolder;
        byte[]? stage3a = Read(Path.Combine(folder, Stage3aName), Stage3aArguments.Size, faults);
        byte[]? stage3b = Read(Path.Combine(folder, Stage3bName), Stage3bArguments.Size, faults);
        return stage3a is null || stage3b is null ? null : new LoaderBlobs(stage3a, stage3b);
    }

    private static byte[]? Read(string path, int argumentsSize, List<Fault> faults)
    {
        try
        {
            long length = new FileInfo(path).Length;
            if (length <= argumentsSize || length > MaximumSize)
            {
                faults.Add(WriterFaults.LoaderSize(path, length, argumentsSize));
                return null;
            }

            return File.ReadAllBytes(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            faults.Add(WriterFaults.LoaderMissing(path, cause));
            return null;
        }
    }
}
