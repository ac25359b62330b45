using ImageFactory.Model;

namespace ImageFactory.SecureExecution.Tests.Support;

/// <summary>The boot loaders of Debian's s390-tools, where a machine has them: they are never part of this repository.</summary>
internal static class RealLoaders
{
    private const string Stage3aDigest = "f73c5f307d0c5421b36962caea8baf6029686c53d20fbbb96e6649a443cf0ee1";
    private const string Stage3bDigest = "f5d7f2cebc1b5349edeec6e5b182f461add09d3d05707d5097e6255a22737cd9";

    private const string Folder = "usr/share/s390-tools/pvimg";

    /// <summary>Root of the unpacked packages: what <c>./build.sh --target Test</c> provides, else this machine's own.</summary>
    private static string Root => Environment.GetEnvironmentVariable("FACTORY_TEST_S390_TOOLS") ?? "/";

    /// <summary>The root of s390-tools' files, of any version. The test is skipped where there are none.</summary>
    public static string NeedTools()
    {
        Assert.SkipUnless(File.Exists(Path.Combine(Root, Folder, "stage3a.bin")), "s390-tools is not here: './build.sh --target Test' unpacks it");
        return Root;
    }

    /// <summary>The folder of the loaders that pvimg's image was made with.</summary>
    public static string NeedGolden()
    {
        string folder = Path.Combine(NeedTools(), Folder);
        Assert.SkipUnless(IsComplete(folder), "the boot loaders here are not those of s390-tools 2.40.0-4, of which the golden image was made");
        return folder;
    }

    /// <summary>The folder of the loaders, of any version.</summary>
    public static string Need() => Path.Combine(NeedTools(), Folder);

    private static bool IsComplete(string folder) =>
        Has(folder, "stage3a.bin", Stage3aDigest) && Has(folder, "stage3b_reloc.bin", Stage3bDigest);

    private static bool Has(string folder, string name, string digest)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) && Sha256.Of(File.ReadAllBytes(path)).Hex == digest;
    }
}
