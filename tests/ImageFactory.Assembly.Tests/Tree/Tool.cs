using System.Diagnostics;

namespace ImageFactory.Assembly.Tests.Tree;

/// <summary>Other people's programs as witnesses.</summary>
internal static class Tool
{
    /// <summary>What <c>./build.sh --target Test</c> provides comes first.</summary>
    private static readonly string[] Folders = [Environment.GetEnvironmentVariable("FACTORY_TEST_PROGRAMS") ?? "/nonexistent", "/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"];

    public static string? Find(string name) =>
        Folders.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .Select(f => Path.Combine(f, name))
            .FirstOrDefault(File.Exists);

    public static string Need(string name)
    {
        string? path = Find(name);
        Assert.SkipWhen(path is null, $"{name} is not installed");
        if (name.EndsWith(".erofs", StringComparison.Ordinal))
            NeedErofs(name, path!);
        return path!;
    }

    /// <summary>The first program that is not there, as a reason for skipping. In CI all must be there: its absence is a failure.</summary>
    public static string? MissingOutsideCi(params string[] names)
    {
        string? reason = names.FirstOrDefault(n => Find(n) is null) is { } missing ? $"{missing} is not installed" : null;
        Assert.False(reason is not null && Environment.GetEnvironmentVariable("CI") == "true", reason);
        return reason;
    }

    /// <summary>Reading archives came with 1.7; Debian 12 has 1.5.</summary>
    private static void NeedErofs(string name, string path)
    {
        (_, string output, string errors) = Run(path, "--version");
        string? version = (output + errors).Split(' ', '\n', '(', ')').FirstOrDefault(w => Version.TryParse(w, out _));
        Assert.SkipUnless(version is not null && Version.Parse(version) >= new Version(1, 8), $"{name} {version} is older than 1.8");
    }

    public static (int ExitCode, string Output, string Errors) Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TZ"] = "UTC";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
