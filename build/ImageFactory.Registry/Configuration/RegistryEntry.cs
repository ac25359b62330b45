namespace ImageFactory.Registry.Configuration;

/// <summary>What registries.conf says of images whose name begins with a prefix.</summary>
/// <param name="Prefix">A host, a host with a part of a repository's name, or <c>*.domain</c>.</param>
/// <param name="Location">Where they really are; the prefix of a name is replaced by it.</param>
internal sealed record RegistryEntry(string Prefix, string Location)
{
    /// <summary>Plain HTTP and certificates nobody vouches for are accepted.</summary>
    public bool Insecure { get; init; }

    public bool Blocked { get; init; }

    /// <summary>Mirrors serve only names with a digest.</summary>
    public bool MirrorByDigestOnly { get; init; }

    public IReadOnlyList<MirrorEntry> Mirrors { get; init; } = [];

    /// <summary>How much of a name the prefix covers, 0 for none: the longest wins.</summary>
    public int Covers(string name, string host)
    {
        if (Prefix.StartsWith("*.", StringComparison.Ordinal))
            return host.EndsWith(Prefix[1..], StringComparison.Ordinal) && host.Length > Prefix.Length - 1 ? Prefix.Length - 1 : 0;
        bool covered = name == Prefix || (name.StartsWith(Prefix, StringComparison.Ordinal) && name[Prefix.Length] == '/');
        return covered ? Prefix.Length : 0;
    }

    /// <summary>The name with the prefix replaced.</summary>
    public string Rewritten(string name, string host, string location)
    {
        int cut = Prefix.StartsWith("*.", StringComparison.Ordinal) ? host.Length : Prefix.Length;
        return location.Length == 0 ? name : location + name[cut..];
    }
}

internal sealed record MirrorEntry(string Location)
{
    public bool Insecure { get; init; }

    public bool Digests { get; init; } = true;

    public bool Tags { get; init; } = true;
}
