namespace ImageFactory.Measurement.Tests.Support;

/// <summary>An empty folder that is gone after the test.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("measurement-");

    public string this[string name] => Path.Combine(folder.FullName, name);

    public string Write(string name, ReadOnlySpan<byte> content)
    {
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    public void Dispose() => folder.Delete(recursive: true);
}
