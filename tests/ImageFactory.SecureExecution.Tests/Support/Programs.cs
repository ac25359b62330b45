using System.Diagnostics;

namespace ImageFactory.SecureExecution.Tests.Support;

/// <summary>Starts a program that judges our bytes. A test that needs one says so with a trait and skips when it is missing.</summary>
internal static class Programs
{
    /// <summary>What <c>./build.sh --target Test</c> provides comes first.</summary>
    private static readonly string[] Folders = [Environment.GetEnvironmentVariable("FACTORY_TEST_PROGRAMS") ?? "/nonexistent", "/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/bin"];

    public static string? Find(string name) => Folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);

    public static string Need(string name)
    {
        string? path = Find(name);
        Assert.SkipWhen(path is null, $"{name} is not on this machine");
        return path!;
    }

    public static async Task<(int Exit, string Output)> RunAsync(string program, params IEnumerable<string> arguments)
    {
        using Process process = new();
        process.StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        process.Start();
        process.StandardInput.Close();
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(90));
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
