using System.Diagnostics;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>A file system in memory, mounted for one test.</summary>
internal sealed class Mount : IDisposable
{
    private readonly string folder;

    private Mount(string folder) => this.folder = folder;

    public static async Task<Mount> TmpfsAsync(string folder, string sizeAndOptions)
    {
        await RunAsync("mount", "-t", "tmpfs", "-o", "size=" + sizeAndOptions, "tmpfs", folder);
        return new Mount(folder);
    }

    public void Dispose() => Process.Start("umount", [folder]).WaitForExit();

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
