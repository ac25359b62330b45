using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Payload;

/// <summary>Makes a tree of a folder on this machine. Symbolic links are taken as they are and never followed.</summary>
internal sealed class HostTreeReader
{
    private const int MaxEntries = 1_000_000;
    private const long MaxBytes = 32L << 30;

    private readonly FileTree tree = new();
    private readonly Dictionary<(uint, uint, ulong), string> firstNames = [];
    private readonly PayloadOwner owner;
    private readonly Origin origin;
    private readonly FaultList faults;
    private int entries;
    private long bytes;

    private HostTreeReader(PayloadOwner owner, Origin origin, string name)
    {
        this.owner = owner;
        this.origin = origin;
        faults = new FaultList(name);
    }

    /// <summary>Where the folder comes from.</summary>
    private enum Origin
    {
        /// <summary>Somebody's files. Time stamps are left out: those of a checkout say when it was checked out.</summary>
        Files,

        /// <summary>A tool has just taken it out of a file system.</summary>
        Extracted,

        /// <summary>It is the file system itself.</summary>
        Mounted,
    }

    /// <exception cref="FactoryException">Something in it cannot be read or cannot be in an image; all faults together.</exception>
    public static TarTree Read(SourcePath folder, string into, PayloadOwner owner, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder.FullPath))
            throw new FactoryException(PayloadFaults.FolderMissing(folder.Text));
        HostTreeReader reader = new(owner, Origin.Files, folder.Text);

        // The folder itself is only a place to look at: its own mode says nothing about the image.
        reader.tree.Put(into, TreeEntry.Directory());
        reader.AddFolder(folder.FullPath, into, folder.Text, cancellation);
        reader.tree.ChangeAll((_, e) => e.IsDirectory ? e with { Implied = true } : e);
        IReadOnlyList<Fault> faults = reader.faults.All();
        FactoryException.ThrowIfAny(faults);
        return new TarTree(reader.tree, faults);
    }

    /// <summary>
    /// Reads what a tool has just taken out of a file system for us to look at: device nodes are no fault there, and what its modes
    /// close to us is opened.
    /// </summary>
    public static FileTree ReadExtracted(string folder, string shownAs, CancellationToken cancellation)
    {
        HostTreeReader reader = new(PayloadOwner.Keep, Origin.Extracted, shownAs);
        reader.AddFolder(folder, "/", shownAs, cancellation);
        FactoryException.ThrowIfAny(reader.faults.All());
        return reader.tree;
    }

    /// <summary>Reads a mounted root file system that nobody changes meanwhile: all that an engine's export of it has. So sockets are left out, and what the root itself is like.</summary>
    /// <exception cref="FactoryException">Something in it cannot be read or cannot be in an image; all faults together.</exception>
    public static FileTree ReadMounted(string folder, string shownAs, CancellationToken cancellation)
    {
        HostTreeReader reader = new(PayloadOwner.Keep, Origin.Mounted, shownAs);
        reader.AddFolder(folder, "/", shownAs, cancellation);
        FactoryException.ThrowIfAny(reader.faults.All());
        return reader.tree;
    }

    private void AddFolder(string folder, string into, string shownAs, CancellationToken cancellation)
    {
        string[] names;
        try
        {
            names = [.. Directory.EnumerateFileSystemEntries(folder).Select(p => Path.GetFileName(p)!)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(PayloadFaults.Unreadable(shownAs, e.Message));
            return;
        }

        Array.Sort(names, StringComparer.Ordinal);
        foreach (string name in names)
        {
            cancellation.ThrowIfCancellationRequested();
            string path = Path.Combine(folder, name);
            string shown = $"{shownAs}/{name}";
            try
            {
                if (Add(path, TreePath.Join(into, name), shown))
                    AddFolder(path, TreePath.Join(into, name), shown, cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Other bytes are shown with this character, and nothing has that name.
                faults.Add(name.Contains('\uFFFD', StringComparison.Ordinal) ? PayloadFaults.BadName(shown, "the name is not UTF-8") : PayloadFaults.Unreadable(shown, e.Message));
            }

            if (entries > MaxEntries || bytes > MaxBytes)
                return;
        }
    }

    /// <returns>True for a folder that was added and is to be looked into.</returns>
    private bool Add(string path, string place, string shown)
    {
        HostFile file = HostFile.Read(path);
        if (!TreePath.TryNormalise(place, out _, out string? problem))
        {
            faults.Add(PayloadFaults.BadName(shown, problem));
            return false;
        }

        if (IsBeyondLimits(file, shown))
            return false;
        if (file.Links > 1 && !file.IsDirectory && !firstNames.TryAdd((file.DeviceMajor, file.DeviceMinor, file.Inode), place))
        {
            tree.AddName(place, firstNames[(file.DeviceMajor, file.DeviceMinor, file.Inode)]);
            return false;
        }

        if (ToEntry(path, file, shown) is not { } entry)
            return false;
        tree.Put(place, entry);
        return entry.IsDirectory;
    }

    private TreeEntry? ToEntry(string path, HostFile file, string shown)
    {
        int mode = file.Mode & UnixMode.All;
        TreeEntry entry;
        if (file.IsDirectory)
        {
            if (origin == Origin.Extracted)
                Open(path, mode, UnixMode.Private);
            entry = TreeEntry.Directory(mode);
        }
        else if (file.IsFile)
        {
            if (origin == Origin.Extracted)
                Open(path, mode, UnixMode.Secret);
            if (origin != Origin.Mounted)
                CheckReadable(path);
            if (origin == Origin.Files && (mode & UnixMode.SetId) != 0)
                faults.Add(PayloadFaults.SetId(shown, UnixMode.Text(mode)));
            entry = TreeEntry.File(file.Size == 0 ? TreeContent.Empty : new FileContent(path, 0, file.Size), mode);
        }
        else if (file.IsLink)
        {
            entry = TreeEntry.Link(new FileInfo(path).LinkTarget ?? throw new IOException("the link vanished while it was read"));
        }
        else if (file.IsFifo)
        {
            entry = new TreeEntry(TreeEntryType.Fifo) { Mode = mode };
        }
        else if (file.IsDevice && origin != Origin.Files)
        {
            entry = new TreeEntry(file.IsBlockDevice ? TreeEntryType.BlockDevice : TreeEntryType.CharacterDevice) { Mode = mode, DeviceMajor = file.NodeMajor, DeviceMinor = file.NodeMinor };
        }
        else if (file.IsSocket && origin == Origin.Mounted)
        {
            return null;
        }
        else
        {
            faults.Add(file.IsSocket ? PayloadFaults.Socket(shown) : PayloadFaults.Device(shown));
            return null;
        }

        entry = entry with { Xattrs = HostXattrs.Read(path, signatures: origin == Origin.Mounted) };
        if (origin == Origin.Mounted)
            entry = entry with { ModifiedAt = file.ModifiedAt };
        return owner == PayloadOwner.Keep ? entry with { Uid = file.Uid, Gid = file.Gid } : entry;
    }

    private bool IsBeyondLimits(HostFile file, string shown)
    {
        entries++;
        bytes += file.IsFile ? file.Size : 0;
        if (entries > MaxEntries)
            faults.Add(PayloadFaults.TooMuch(shown, $"{MaxEntries} entries"));
        else if (bytes > MaxBytes)
            faults.Add(PayloadFaults.TooMuch(shown, $"{MaxBytes} bytes"));
        return entries > MaxEntries || bytes > MaxBytes;
    }

    private static void Open(string path, int mode, int wanted)
    {
        if ((mode & wanted) != wanted && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)(mode | wanted));
    }

    /// <summary>All unreadable files are told at the start, not one after the other while the image is written.</summary>
    private static void CheckReadable(string path)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(path);
    }
}
