using System.Diagnostics;

namespace ImageFactory.Images.Tests;

/// <summary>Programs of others, as witnesses.</summary>
internal static class Tool
{
    private static readonly string[] Folders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/usr/lib/systemd"];

    public static string? Find(string name) => Folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs the program and returns what it wrote; the test is skipped when the program is not there, and fails when it fails.</summary>
    public static string Run(string name, params string[] arguments)
    {
        (int exitCode, string output) = Try(name, arguments);
        Assert.True(exitCode == 0, $"{name} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
        return output;
    }

    public static (int ExitCode, string Output) Try(string name, params string[] arguments)
    {
        string? path = Find(name);
        if (path is null)
            Assert.Skip($"{name} is not installed");
        ProcessStartInfo start = new(path) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
