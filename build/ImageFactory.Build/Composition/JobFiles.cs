namespace ImageFactory.Build.Composition;

/// <summary>Contents of variables that a recipe names as files. Their names follow from what is in them, so a file that is there is the right one.</summary>
/// <param name="folder">Beside the outputs of stages.</param>
internal sealed class JobFiles(string folder)
{
    /// <returns>The absolute path of the file.</returns>
    public string Keep(string name, byte[] content)
    {
        string path = Path.Combine(folder, name);
        if (File.Exists(path))
            return path;
        Directory.CreateDirectory(folder);
        string aside = $"{path}.{Environment.ProcessId}.part";
        File.WriteAllBytes(aside, content);
        File.Move(aside, path, overwrite: true);
        return path;
    }
}
