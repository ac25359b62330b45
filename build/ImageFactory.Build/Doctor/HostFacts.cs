using ImageFactory.Build.Terminal;

namespace ImageFactory.Build.Doctor;

/// <summary>What the doctor looks at.</summary>
internal sealed record HostFacts
{
    /// <summary>Where system programs lie that a user's PATH often leaves out.</summary>
    private static readonly string[] SystemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

    public required IReadOnlyList<string> ProgramFolders { get; init; }

    /// <summary>Text of <c>/etc/os-release</c>.</summary>
    public required string OsRelease { get; init; }

    public required bool IsRoot { get; init; }

    public static HostFacts Of(HostEnvironment environment) => new()
    {
        ProgramFolders = [.. environment.Variables.GetValueOrDefault("PATH", "").Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(SystemFolders).Distinct()],
        OsRelease = File.Exists("/etc/os-release") ? File.ReadAllText("/etc/os-release") : "",
        IsRoot = environment.IsRoot,
    };
}
