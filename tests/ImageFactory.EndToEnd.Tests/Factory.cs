using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>The factory as its user starts it: build.sh with arguments, in a folder, with what it prints and how it ends.</summary>
internal static class Factory
{
    public static string Root { get; } = FindRoot();

    /// <summary>Why images cannot be built here, or null. Tests that build skip with it.</summary>
    public static string? Missing { get; } =
        !File.Exists("/usr/bin/mmdebstrap") ? "mmdebstrap is not installed"
        : !File.Exists("/usr/share/keyrings/debian-archive-keyring.gpg") ? "the Debian archive keyring is not installed"
        : null;

    /// <param name="environment">Variables beside those of the test program.</param>
    /// <param name="network">False: without any; needs root.</param>
    public static async Task<Outcome> RunAsync(
        IEnumerable<string> arguments, string? folder = null, TimeSpan? killAfter = null, IReadOnlyDictionary<string, string>? environment = null, bool network = true)
    {
        using Process process = Start(arguments, folder, environment, network);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (killAfter is { } moment)
        {
            await Task.Delay(moment);
            process.Kill();
        }

        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(20));

        // Children of a killed factory may hold the pipes a little longer; the next run ends them.
        return killAfter is null ? new Outcome(process.ExitCode, await output, await errors) : new Outcome(process.ExitCode, "", "");
    }

    /// <param name="network">False: in a name space without any network, loopback included; needs root.</param>
    public static Process Start(IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? environment = null, bool network = true)
    {
        ProcessStartInfo start = new(network ? "bash" : "unshare") { WorkingDirectory = folder ?? Root, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string word in network ? Array.Empty<string>() : ["--net", "bash"])
            start.ArgumentList.Add(word);
        start.ArgumentList.Add(Path.Combine(Root, "build.sh"));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "build.sh")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("the tests do not lie inside the repository");
    }
}

internal sealed record Outcome(int ExitCode, string Output, string Errors)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Errors}";
}

/// <summary>A folder for one test class with a store and an output folder; packages come from the repository's own store, where they are.</summary>
internal sealed class Workshop : IDisposable
{
    private const string DefaultRecipe = "podvm-debian-dev";

    public Workshop(string name)
    {
        Folder = Directory.CreateTempSubdirectory($"image factory {name} ").FullName;
        string packages = Path.Combine(Factory.Root, "artifacts", ".store", "cache", "packages");
        string own = Path.Combine(Store, "cache", "packages");
        if (Directory.Exists(packages))
        {
            Directory.CreateDirectory(own);
            foreach (string file in Directory.GetFiles(packages).Where(f => f.EndsWith(".deb", StringComparison.Ordinal) || f.EndsWith(".control", StringComparison.Ordinal)))
                File.Copy(file, Path.Combine(own, Path.GetFileName(file)));
        }
    }

    public string Folder { get; }

    public string Store => Path.Combine(Folder, "store");

    public string Output => Path.Combine(Folder, "out");

    public string Artifact(string file, string? output = null, string recipe = DefaultRecipe) => Path.Combine(output ?? Output, recipe, file);

    public Task<Outcome> BuildAsync(params string[] more) => BuildToAsync(Output, more);

    public Task<Outcome> BuildToAsync(string output, params string[] more) =>
        Factory.RunAsync(["build", "--log", "plain", "--store", Store, "--output", output, .. more], Folder);

    public JsonNode Manifest(string? output = null, string recipe = DefaultRecipe) => JsonNode.Parse(File.ReadAllText(Artifact("manifest.json", output, recipe)))!;

    /// <summary>Stages that the last build did not find in the store.</summary>
    public string[] Built(string? output = null, string recipe = DefaultRecipe) =>
        [.. Manifest(output, recipe)["run"]!["stages"]!.AsArray().Where(s => (string?)s!["outcome"] == "built").Select(s => (string)s!["name"]!).Order(StringComparer.Ordinal)];

    /// <summary>A file in the output of a stage that a build has left in the store.</summary>
    public string StageFile(string stage, string file, string? output = null)
    {
        string key = (string)Manifest(output)["run"]!["stages"]!.AsArray().Single(s => (string?)s!["name"] == stage)!["key"]!;
        return Path.Combine(Store, "stages", key, "output", file);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
