namespace ImageFactory.Build.Doctor;

/// <summary>Something the machine must have: a program by its name, a file by its path, or a library by its soname.</summary>
/// <param name="Name">What is looked for; the last part of a file's path may hold '*'.</param>
/// <param name="Need">What it is needed for.</param>
/// <param name="Debian">Package of Debian and Ubuntu.</param>
/// <param name="Fedora">Package of Fedora and RHEL.</param>
internal sealed record HostProgram(string Name, Need Need, string Debian, string Fedora)
{
    /// <summary>Of no use to root.</summary>
    public bool OnlyWithoutRoot { get; init; }

    /// <summary>Makes the program say its version; null for those that cannot.</summary>
    public string? VersionArgument { get; init; } = "--version";

    public bool IsFile => Name.StartsWith('/');

    public bool IsLibrary => Name.Contains(".so.", StringComparison.Ordinal) || Name.EndsWith(".so", StringComparison.Ordinal);
}
