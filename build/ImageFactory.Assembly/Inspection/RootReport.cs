using ImageFactory.Assembly.AgentPolicy;

namespace ImageFactory.Assembly.Inspection;

/// <summary>What the root file system holds that matters for a pod VM.</summary>
public sealed record RootReport
{
    public required string FileSystem { get; init; }

    public required int Files { get; init; }

    /// <summary>Sum of the sizes of all files.</summary>
    public required long Bytes { get; init; }

    /// <summary>The fields of /etc/os-release.</summary>
    public IReadOnlyDictionary<string, string> OsRelease { get; init; } = new Dictionary<string, string>();

    public required PackageReport? Packages { get; init; }

    public IReadOnlyList<string> EnabledUnits { get; init; } = [];

    public IReadOnlyList<string> MaskedUnits { get; init; } = [];

    /// <summary>Units that extend PCRs while the system boots and are not masked.</summary>
    public IReadOnlyList<string> MeasuringUnits { get; init; } = [];

    /// <summary>Programs of agent and guest components: the path, and whether it is there.</summary>
    public IReadOnlyDictionary<string, bool> AgentPrograms { get; init; } = new Dictionary<string, bool>();

    /// <summary>Where the agent's policy was found; null when there is none.</summary>
    public string? PolicyPath { get; init; }

    public PolicyInspection? Policy { get; init; }

    /// <summary>Users whom a password lets in, or who need none.</summary>
    public IReadOnlyList<string> OpenUsers { get; init; } = [];

    public IReadOnlyList<string> AuthorizedKeys { get; init; } = [];

    public IReadOnlyList<string> HostKeys { get; init; } = [];

    public bool HasSshServer { get; init; }

    /// <summary>The unit that starts an ssh server at boot.</summary>
    public string? SshUnit { get; init; }

    /// <summary>Units that log somebody in on a console without asking.</summary>
    public IReadOnlyList<string> Autologins { get; init; } = [];

    /// <summary>Files that run with their owner's rights; null where the file system keeps them in a way that is not read.</summary>
    public IReadOnlyList<string>? SetIdFiles { get; init; }

    /// <summary>True when /etc/machine-id is there and empty.</summary>
    public bool HasEmptyMachineId { get; init; }

    public bool HasCloudInit { get; init; }

    /// <summary>The factory's own restriction is in place.</summary>
    public bool IsCloudInitRestricted { get; init; }
}

/// <param name="Manager">dpkg or rpm.</param>
/// <param name="Count">Installed packages; null where the database cannot be read.</param>
public sealed record PackageReport(string Manager, int? Count);
