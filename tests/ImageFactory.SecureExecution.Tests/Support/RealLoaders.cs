using ImageFactory.Model;

namespace ImageFactory.SecureExecution.Tests.Support;

/// <summary>The boot loaders of Debian's s390-tools 2.40.0-4, where a machine has them: they are never part of this repository.</summary>
internal static class RealLoaders
{
    private const string Stage3aDigest = "f73c5f307d0c5421b36962caea8baf6029686c53d20fbbb96e6649a443cf0ee1";
    private const string Stage3bDigest = "f5d7f2cebc1b5349edeec6e5b182f461add09d3d05707d5097e6255a22737cd9";

    public static string? Find()
    {
        string?[] candidates = [Environment.GetEnvironmentVariable("IMAGEFACTORY_S390_LOADERS"), "/usr/share/s390-tools/pvimg"];
        return candidates.FirstOrDefault(IsComplete);
    }

    private static bool IsComplete(string? folder) =>
        folder is not null && Has(folder, "stage3a.bin", Stage3aDigest) && Has(folder, "stage3b_reloc.bin", Stage3bDigest);

    private static bool Has(string folder, string name, string digest)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) && Sha256.Of(File.ReadAllBytes(path)).Hex == digest;
    }
}
