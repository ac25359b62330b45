using System.Diagnostics;

namespace ImageFactory.Publishing.Tests.Support;

/// <summary>Programs of others, as witnesses.</summary>
internal static class Tool
{
    /// <summary>Runs the program and returns what it wrote; the test is skipped when the program is not there, and fails when it fails.</summary>
    public static string Run(string name, params string[] arguments)
    {
        string? path = ((string[])["/usr/bin", "/usr/sbin", "/bin", "/sbin"]).Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
        if (path is null)
            Assert.Skip($"{name} is not installed");
        using Process process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{name} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}{errors.Result}");
        return output;
    }
}
