using System.Runtime.CompilerServices;

namespace ImageFactory.Recipes.Tests;

/// <summary>Texts that a person has read and found right. <c>APPROVE=1</c> in the environment of a test run takes what is there now.</summary>
internal static class Approved
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    public static void Equal(string name, string actual) => EqualFile(Path.Combine(Here(), "Approved", name), actual);

    public static void EqualFile(string path, string actual)
    {
        if (Environment.GetEnvironmentVariable("APPROVE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
