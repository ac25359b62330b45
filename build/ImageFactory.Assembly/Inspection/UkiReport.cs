namespace ImageFactory.Assembly.Inspection;

/// <summary>An EFI program on the EFI system partition.</summary>
public sealed record UkiReport
{
    /// <summary>As firmware writes it: <c>\EFI\BOOT\BOOTX64.EFI</c>.</summary>
    public required string Path { get; init; }

    public required long Size { get; init; }

    public IReadOnlyList<UkiSection> Sections { get; init; } = [];

    /// <summary>True when it carries a kernel.</summary>
    public bool HasKernel { get; init; }

    public string? CommandLine { get; init; }

    public string? KernelRelease { get; init; }

    /// <summary>Version of systemd-stub.</summary>
    public string? Stub { get; init; }

    public string? OsName { get; init; }

    /// <summary>It carries a signature; whether a firmware trusts its key is not known here.</summary>
    public bool IsSigned { get; init; }
}

/// <param name="Name">With the dot.</param>
/// <param name="Size">In memory, in bytes.</param>
public sealed record UkiSection(string Name, long Size);
