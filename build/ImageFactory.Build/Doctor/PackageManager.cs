using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Build.Doctor;

/// <summary>The package manager of one family of distributions: which package has a program, and how packages are installed.</summary>
internal sealed record PackageManager(string Program, IReadOnlyList<string> InstallArguments, Func<HostProgram, string> PackageOf)
{
    /// <summary>Brings the list of packages up to date, when installing without that does not succeed.</summary>
    public IReadOnlyList<string>? RefreshArguments { get; init; }

    public static PackageManager Debian { get; } = new(
        "apt-get",
        ["install", "--no-remove", "--no-install-recommends", "-y"],
        program => program.Debian)
    {
        RefreshArguments = ["update"],
    };

    public static PackageManager Fedora { get; } = new(
        "dnf",
        ["install", "--setopt=install_weak_deps=False", "-y"],
        program => program.Fedora);

    /// <summary>By ID and ID_LIKE of os-release; null on a distribution we do not know.</summary>
    public static PackageManager? For(string osRelease)
    {
        string[] names = [.. osRelease.Split('\n')
            .Where(l => l.StartsWith("ID=", StringComparison.Ordinal) || l.StartsWith("ID_LIKE=", StringComparison.Ordinal))
            .SelectMany(l => l[(l.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"', '\'', '\r').Split(' '))];
        if (names.Contains("debian") || names.Contains("ubuntu"))
            return Debian;
        return names.Contains("fedora") || names.Contains("rhel") ? Fedora : null;
    }

    public IReadOnlyList<string> PackagesFor(IEnumerable<HostProgram> programs) =>
        [.. programs.Select(PackageOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>What a person types to install them all.</summary>
    public string CommandFor(IEnumerable<HostProgram> programs, bool isRoot) =>
        string.Join(' ', [.. isRoot ? Array.Empty<string>() : ["sudo"], Program, .. InstallArguments, .. PackagesFor(programs)]);

    public async Task InstallAsync(IEnumerable<HostProgram> programs, IProgramRunner runner, CancellationToken cancellation)
    {
        ProgramCall install = new(Program, [.. InstallArguments, .. PackagesFor(programs)])
        {
            Environment = new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" },
        };
        try
        {
            await runner.RunAsync(install, cancellation).ConfigureAwait(false);
        }
        catch (FactoryException) when (RefreshArguments is not null)
        {
            // On a new machine the lists are missing, on an old one they name files that are gone.
            await runner.RunAsync(new ProgramCall(Program, RefreshArguments), cancellation).ConfigureAwait(false);
            await runner.RunAsync(install, cancellation).ConfigureAwait(false);
        }
    }
}
