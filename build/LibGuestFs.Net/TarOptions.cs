namespace LibGuestFs.Net;

/// <summary>How a tree is packed or unpacked.</summary>
public sealed record TarOptions
{
    /// <summary>Null for none, or <c>gzip</c>, <c>xz</c>, <c>bzip2</c>, <c>zstd</c> where the appliance has it.</summary>
    public string? Compression { get; init; }

    /// <summary>Keep extended attributes, SELinux labels and access lists (PAX headers).</summary>
    public bool Attributes { get; init; } = true;

    /// <summary>Shell patterns of paths below the folder that are left out when packing.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];
}
