using System.Text;

namespace ImageFactory.Assembly.Tree;

/// <summary>One inode of a root file system: everything about it but its names.</summary>
internal sealed record TreeEntry(TreeEntryType Type)
{
    /// <summary>A time stamp later than any: the writer clamps it, so it becomes the epoch of the build.</summary>
    public const long AtEpoch = long.MaxValue;

    private static readonly IReadOnlyDictionary<string, byte[]> NoXattrs = new Dictionary<string, byte[]>();

    /// <summary>Permission, set-id and sticky bits.</summary>
    public int Mode { get; init; } = Type == TreeEntryType.Directory ? UnixMode.Executable : UnixMode.Plain;

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public long ModifiedAt { get; init; } = AtEpoch;

    /// <summary>The text of a symbolic link.</summary>
    public string? Target { get; init; }

    public uint DeviceMajor { get; init; }

    public uint DeviceMinor { get; init; }

    public IReadOnlyDictionary<string, byte[]> Xattrs { get; init; } = NoXattrs;

    /// <summary>The bytes of a file.</summary>
    public TreeContent Content { get; init; } = TreeContent.Empty;

    /// <summary>
    /// A directory that is only there because something lies below it, or whose owner and mode say nothing about the image.
    /// Merged on top of a directory that exists it changes nothing.
    /// </summary>
    public bool Implied { get; init; }

    public bool IsDirectory => Type == TreeEntryType.Directory;

    public static TreeEntry Directory(int mode = UnixMode.Executable) => new(TreeEntryType.Directory) { Mode = mode };

    public static TreeEntry Link(string target) => new(TreeEntryType.SymbolicLink) { Mode = UnixMode.Link, Target = target };

    public static TreeEntry File(TreeContent content, int mode = UnixMode.Plain) => new(TreeEntryType.File) { Mode = mode, Content = content };

    public static TreeEntry Text(string text, int mode = UnixMode.Plain) => File(new InlineContent(Encoding.UTF8.GetBytes(text)), mode);
}
