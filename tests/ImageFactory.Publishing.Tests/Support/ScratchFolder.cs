namespace ImageFactory.Publishing.Tests.Support;

/// <summary>An empty folder that is gone after the test.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("publishing-");

    public string this[string name] => System.IO.Path.Combine(folder.FullName, name);

    public string Path => folder.FullName;

    public void Dispose() => folder.Delete(recursive: true);
}
