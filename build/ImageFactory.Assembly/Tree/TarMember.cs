namespace ImageFactory.Assembly.Tree;

/// <summary>One member of a tar archive, with the names as the archive has them.</summary>
/// <param name="Name">Not yet checked.</param>
/// <param name="Type">The type byte of the header.</param>
/// <param name="Offset">Where its content starts in the archive.</param>
/// <param name="Size">Length of its content.</param>
internal sealed record TarMember(string Name, byte Type, long Offset, long Size)
{
    public int Mode { get; init; }

    public long Uid { get; init; }

    public long Gid { get; init; }

    public long ModifiedAt { get; init; }

    public string LinkName { get; init; } = "";

    public long DeviceMajor { get; init; }

    public long DeviceMinor { get; init; }

    /// <summary>Where the content lies in another archive; means something only where one is named.</summary>
    public (long Offset, long Size)? Elsewhere { get; init; }

    public IReadOnlyDictionary<string, byte[]> Xattrs { get; init; } = new Dictionary<string, byte[]>();
}
