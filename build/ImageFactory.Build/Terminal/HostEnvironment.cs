using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using ImageFactory.Build.Hosting;
using Architecture = ImageFactory.Model.Architecture;

namespace ImageFactory.Build.Terminal;

/// <summary>What the host knows of the process and its machine. Everything else is given it as values.</summary>
internal sealed record HostEnvironment
{
    public required IReadOnlyDictionary<string, string> Variables { get; init; }

    /// <summary>Where the caller stands; relative paths of the command line start here.</summary>
    public required string CurrentFolder { get; init; }

    /// <summary>The folder with build.sh, recipes/ and bootc/.</summary>
    public required string Root { get; init; }

    /// <summary>The program that runs this one; the tests are built and run with the same.</summary>
    public string DotNet { get; init; } = "dotnet";

    public int Processors { get; init; } = 1;

    public bool IsRoot { get; init; }

    /// <summary>Makes the lowest handler of the clients of clouds; null: the usual one. Tests give one that trusts their certificates.</summary>
    public Func<HttpMessageHandler>? Transport { get; init; }

    public Architecture Machine { get; init; } = Architecture.X64;

    /// <summary>How long a claim in the shared store stays that nobody shows to be alive. For tests, which cannot wait half a minute; all machines must have the same.</summary>
    public TimeSpan SharedStorePatience =>
        int.TryParse(Variables.GetValueOrDefault("FACTORY_TEST_PATIENCE"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds is > 0 and < 3600
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.FromSeconds(30);

    public static HostEnvironment Current() => new()
    {
        Variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal),
        CurrentFolder = Environment.CurrentDirectory,
        Root = RepositoryRoot.Above(AppContext.BaseDirectory),
        DotNet = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet",
        Processors = Environment.ProcessorCount,
        IsRoot = Environment.IsPrivilegedProcess,
        Machine = RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.S390x ? Architecture.S390x : Architecture.X64,
    };

    /// <summary>A path of the command line, absolute.</summary>
    public string FullPath(string path) => Path.GetFullPath(path, CurrentFolder);
}
