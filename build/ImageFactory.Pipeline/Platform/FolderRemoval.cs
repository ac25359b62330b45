namespace ImageFactory.Pipeline.Platform;

/// <summary>Removes a folder with all that is in it, also folders that their makers had closed to writing.</summary>
internal static class FolderRemoval
{
    internal static void Remove(string path)
    {
        if (!Directory.Exists(path))
            return;
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody else was at it as well.
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            OpenUp(path);
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
        }
    }

    private static void OpenUp(string path)
    {
        if (FileStatus.Of(path) is not { Kind: FileKind.Folder } status)
            return;
        const int owner = 0x1c0;
        if ((status.Mode & owner) != owner)
            File.SetUnixFileMode(path, (UnixFileMode)(status.Mode | owner));
        foreach (string folder in Directory.EnumerateDirectories(path))
            OpenUp(folder);
    }
}
