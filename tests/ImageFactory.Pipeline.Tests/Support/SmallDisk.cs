using System.Diagnostics;

namespace ImageFactory.Pipeline.Tests.Support;

/// <summary>A file system of a given size in memory. Only root may mount one; a test that cannot have it is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TestFolder folder = new();

    internal SmallDisk(int bytes)
    {
        Directory.CreateDirectory(Path);
        if (Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "none", Path) == 0)
            return;
        folder.Dispose();
        Assert.Skip("needs root: a small file system is to be mounted");
    }

    internal string Path => folder["disk"];

    internal string this[string name] => System.IO.Path.Combine(Path, name);

    internal long Free => new DriveInfo(Path).AvailableFreeSpace;

    internal void MakeReadOnly() => Assert.Equal(0, Run("mount", "-o", "remount,ro", Path));

    internal void MakeWritable() => Assert.Equal(0, Run("mount", "-o", "remount,rw", Path));

    public void Dispose()
    {
        Run("umount", "-l", Path);
        folder.Dispose();
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
