using ImageFactory.Model;

namespace ImageFactory.Assembly.Tree;

/// <summary>Makes a tree of an uncompressed tar file; the contents stay in the file and must stay there as long as the tree is used.</summary>
internal sealed class TarTreeReader
{
    private readonly string path;
    private readonly string archive;
    private readonly TarReadRules rules;
    private readonly FileTree tree = new();
    private readonly FaultList faults;
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly long otherLength;
    private long bytes;
    private int entries;

    private TarTreeReader(string path, string archive, TarReadRules rules)
    {
        this.path = path;
        this.archive = archive;
        this.rules = rules;
        faults = new FaultList(archive);
        otherLength = rules.Other is { } other ? new FileInfo(other).Length : 0;
    }

    /// <param name="path">The uncompressed archive.</param>
    /// <param name="shownAs">How faults call it: the file as the author of the recipe knows it.</param>
    /// <param name="rules">What goes where.</param>
    /// <exception cref="FactoryException">The archive is malformed or asks for something that no image may have; all faults together.</exception>
    public static TarTree Read(string path, string shownAs, TarReadRules rules, CancellationToken cancellation)
    {
        TarTreeReader reader = new(path, shownAs, rules);
        reader.ReadMembers(cancellation);
        IReadOnlyList<Fault> faults = reader.faults.All();
        FactoryException.ThrowIfAny(faults);
        return new TarTree(reader.tree, faults);
    }

    private void ReadMembers(CancellationToken cancellation)
    {
        using TarMemberReader members = new(path, archive);
        try
        {
            foreach (TarMember member in members.Members())
            {
                cancellation.ThrowIfCancellationRequested();
                if (IsBeyondLimits(member))
                    return;
                if (ImagePath(member) is { } place)
                    AddMember(member, place);
            }
        }
        catch (FactoryException e)
        {
            faults.AddRange(e.Faults);
        }

        faults.AddRange(members.Warnings);
        if (rules.ImpliedDirectories)
            tree.ChangeAll((_, entry) => entry.IsDirectory ? entry with { Implied = true } : entry);
    }

    private bool IsBeyondLimits(TarMember member)
    {
        if (++entries > rules.MaxEntries)
        {
            faults.Add(TarFaults.TooManyEntries(archive, member.Name, rules.MaxEntries));
            return true;
        }

        // Two sizes below the length of the file cannot overflow.
        bytes += member.Size;
        if (bytes > rules.MaxBytes)
        {
            faults.Add(TarFaults.TooLarge(archive, member.Name, rules.MaxBytes));
            return true;
        }

        return false;
    }

    /// <summary>Where the member goes, or null when it is not wanted or not acceptable.</summary>
    private string? ImagePath(TarMember member)
    {
        if (!TreePath.TryNormalise(member.Name, out string? name, out string? problem))
        {
            faults.Add(TarFaults.BadName(archive, member.Name, problem));
            return null;
        }

        return Wanted(name);
    }

    /// <summary>The place in the image of a path of the archive, or null when it lies outside of what is wanted.</summary>
    private string? Wanted(string name)
    {
        if (!TreePath.IsWithin(name, rules.Inside))
            return null;
        if (rules.Inside == "/")
            return rules.Into == "/" ? name : TreePath.Join(rules.Into, name);
        return TreePath.Join(rules.Into, name[rules.Inside.Length..]);
    }

    private void AddMember(TarMember member, string place)
    {
        // A single file that was asked for keeps its name.
        if (place == rules.Into && rules.Inside != "/" && member.Type != TarFormat.Directory)
            place = TreePath.Join(place, TreePath.FileName(rules.Inside));
        try
        {
            if (member.Type == TarFormat.HardLink)
                AddHardLink(member, place);
            else if (ToEntry(member) is { } entry)
                tree.Put(place, entry);
            else
                return;
            if (!names.Add(place) && member.Type != TarFormat.Directory)
                faults.Add(TarFaults.Twice(archive, member.Name));
        }
        catch (FactoryException e)
        {
            foreach (Fault fault in e.Faults)
                faults.Add(fault.At($"{archive}: {TarFaults.Shown(member.Name)}"));
        }
    }

    private void AddHardLink(TarMember member, string place)
    {
        if (!TreePath.TryNormalise(member.LinkName, out string? target, out string? problem))
            faults.Add(TarFaults.BadLink(archive, member.Name, member.LinkName, problem));
        else if (Wanted(target) is not { } targetPlace)
            faults.Add(TarFaults.BadLink(archive, member.Name, member.LinkName, "that is outside of what is taken from the archive"));
        else if (tree.FindSelf(targetPlace) is not { } entry)
            faults.Add(TarFaults.BadLink(archive, member.Name, member.LinkName, "the archive has nothing of this name before it"));
        else if (entry.IsDirectory)
            faults.Add(TarFaults.BadLink(archive, member.Name, member.LinkName, "that is a folder"));
        else if (tree.Resolve(TreePath.Folder(targetPlace)) is { } folder && TreePath.Join(folder, TreePath.FileName(targetPlace)) != place)
            tree.AddName(place, targetPlace);
    }

    private TreeEntry? ToEntry(TarMember member)
    {
        if (ToType(member) is not { } type)
            return null;
        if (!InRange(member, "uid", member.Uid) || !InRange(member, "gid", member.Gid)
            || !InRange(member, "device number", member.DeviceMajor) || !InRange(member, "device number", member.DeviceMinor))
        {
            return null;
        }

        if (type == TreeEntryType.SymbolicLink && LinkProblem(member.LinkName) is { } problem)
        {
            faults.Add(TarFaults.BadLink(archive, member.Name, member.LinkName, problem));
            return null;
        }

        if (rules.WarnOfSetId && type == TreeEntryType.File && (member.Mode & UnixMode.SetId) != 0)
            faults.Add(TarFaults.SetId(archive, member.Name, member.Mode));

        return new TreeEntry(type)
        {
            Mode = type == TreeEntryType.SymbolicLink ? UnixMode.Link : member.Mode,
            Uid = rules.KeepOwners ? (uint)member.Uid : 0,
            Gid = rules.KeepOwners ? (uint)member.Gid : 0,
            ModifiedAt = member.ModifiedAt,
            Target = type == TreeEntryType.SymbolicLink ? member.LinkName : null,
            DeviceMajor = (uint)member.DeviceMajor,
            DeviceMinor = (uint)member.DeviceMinor,
            Xattrs = member.Xattrs,
            Content = ContentOf(member),
        };
    }

    private TreeContent ContentOf(TarMember member)
    {
        if (rules.Other is not { } other || member.Elsewhere is not { } place)
            return member.Size == 0 ? TreeContent.Empty : new FileContent(path, member.Offset, member.Size);
        if (member.Size > 0 || place.Offset > otherLength || place.Size > otherLength - place.Offset)
            faults.Add(TarFaults.BadNumber(archive, member.Name, "content in another archive at byte", place.Offset));
        return new FileContent(other, place.Offset, place.Size);
    }

    private TreeEntryType? ToType(TarMember member)
    {
        switch (member.Type)
        {
            case TarFormat.File or TarFormat.OldFile or TarFormat.ContiguousFile:
                return TreeEntryType.File;
            case TarFormat.Directory:
                return TreeEntryType.Directory;
            case TarFormat.SymbolicLink:
                return TreeEntryType.SymbolicLink;
            case TarFormat.Fifo:
                return TreeEntryType.Fifo;
            case TarFormat.CharacterDevice or TarFormat.BlockDevice when rules.Devices:
                return member.Type == TarFormat.BlockDevice ? TreeEntryType.BlockDevice : TreeEntryType.CharacterDevice;
            case TarFormat.CharacterDevice or TarFormat.BlockDevice:
                faults.Add(TarFaults.Device(archive, member.Name));
                return null;
            default:
                faults.Add(TarFaults.UnknownType(archive, member.Name, member.Type));
                return null;
        }
    }

    private bool InRange(TarMember member, string what, long value)
    {
        // 2^32-1 means "no owner" to the kernel.
        if (value is >= 0 and < uint.MaxValue)
            return true;
        faults.Add(TarFaults.BadNumber(archive, member.Name, what, value));
        return false;
    }

    private static string? LinkProblem(string target)
    {
        if (target.Length == 0)
            return "it has no target";
        return TarFormat.StrictUtf8.GetByteCount(target) >= TreePath.MaxBytes ? "the target is too long" : null;
    }
}

/// <param name="Tree">What the archive holds.</param>
/// <param name="Warnings">What a reader should look at.</param>
internal sealed record TarTree(FileTree Tree, IReadOnlyList<Fault> Warnings);
