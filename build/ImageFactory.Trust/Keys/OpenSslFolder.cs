namespace ImageFactory.Trust.Keys;

/// <summary>Files for one start of openssl, which reads some things from files only; for their owner alone, gone afterwards. Nothing secret is put here.</summary>
internal sealed class OpenSslFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("imagefactory-sign-");

    public string this[string name] => Path.Combine(folder.FullName, name);

    public void Write(string name, ReadOnlySpan<byte> content) => File.WriteAllBytes(this[name], content);

    public void Dispose() => folder.Delete(recursive: true);
}
