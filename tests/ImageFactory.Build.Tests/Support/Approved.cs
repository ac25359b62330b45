using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tests.Support;

/// <summary>Texts that a person has read and found right. <c>APPROVE=1</c> in the environment of a test run takes what is there now.</summary>
internal static class Approved
{
    public static string Root { get; } = RepositoryRoot.Above(AppContext.BaseDirectory);

    public static void Equal(string name, string actual)
    {
        string path = Path.Combine(Root, "tests", "ImageFactory.Build.Tests", "Approved", name);
        if (Environment.GetEnvironmentVariable("APPROVE") == "1")
            File.WriteAllText(path, actual);

        Assert.Equal(File.ReadAllText(path), actual);
    }
}
