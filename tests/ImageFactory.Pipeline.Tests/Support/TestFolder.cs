namespace ImageFactory.Pipeline.Tests.Support;

/// <summary>A folder of a test, removed after it.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("pipeline-test-");

    internal string Path => folder.FullName;

    internal string this[string name] => System.IO.Path.Combine(Path, name);

    internal DirectoryInfo Folder(string name) => new(this[name]);

    public void Dispose() => folder.Delete(recursive: true);
}
