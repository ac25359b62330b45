using System.Globalization;
using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tree;

/// <summary>Understands the headers of a tar archive, wherever they come from. Strict where tools disagree about what a malformed one means.</summary>
/// <param name="archive">How faults call it.</param>
internal sealed class TarHeaderReader(string archive)
{
    /// <summary>No name is longer than 4096 bytes and no set of attributes larger than 64 KiB each; this leaves room for many.</summary>
    public const int MaxExtension = 1 << 20;

    /// <summary>Warnings about the archive as a whole; complete when all members were read.</summary>
    public List<Fault> Warnings { get; } = [];

    /// <summary>The length of the extended header that this one announces, or null when it is a member's own.</summary>
    /// <exception cref="FactoryException">IFA113: it is out of bounds.</exception>
    public long? ExtensionSize(ReadOnlySpan<byte> header, long at)
    {
        if (header[TarFormat.TypeAt] is not (TarFormat.PaxHeader or TarFormat.PaxGlobalHeader or TarFormat.GnuLongName or TarFormat.GnuLongLink))
            return null;
        long size = Number(header[TarFormat.Size], at, "size");
        return size is < 0 or > MaxExtension ? throw Fail(TarFaults.BadExtension(archive, at, $"its size is {size}, at most {MaxExtension} are possible")) : size;
    }

    /// <exception cref="FactoryException">IFA113: it is malformed.</exception>
    public void ReadExtension(byte type, ReadOnlySpan<byte> body, long at, TarExtensions extensions)
    {
        try
        {
            switch (type)
            {
                case TarFormat.PaxHeader:
                    extensions.AddPax(body);
                    break;
                case TarFormat.PaxGlobalHeader:
                    TarExtensions.CheckGlobal(body);
                    break;
                case TarFormat.GnuLongName:
                    extensions.SetLongName(body);
                    break;
                default:
                    extensions.SetLongLink(body);
                    break;
            }
        }
        catch (FormatException e)
        {
            throw new FactoryException(TarFaults.BadExtension(archive, at, e.Message), e);
        }
    }

    /// <summary>The member that a header and the extensions before it describe.</summary>
    /// <param name="content">Where its content starts.</param>
    /// <exception cref="FactoryException">IFA112, IFA114 or IFA121.</exception>
    public TarMember ToMember(ReadOnlySpan<byte> header, long at, long content, TarExtensions extensions)
    {
        byte type = header[TarFormat.TypeAt];
        long headerSize = Number(header[TarFormat.Size], at, "size");
        string name = extensions.Name ?? HeaderName(header, at);
        if (extensions.IsSparse || type == TarFormat.GnuSparse)
            throw Fail(TarFaults.Sparse(archive, name));
        if (extensions.HasAccessList)
            Warnings.Add(TarFaults.AccessListDropped(archive, name));

        // Before ustar a folder was a file whose name ends in a slash.
        if (type == TarFormat.OldFile && name.EndsWith('/'))
            type = TarFormat.Directory;

        long size = extensions.Size ?? headerSize;
        bool hasContent = type is TarFormat.File or TarFormat.OldFile or TarFormat.ContiguousFile;
        if (size < 0 || size > long.MaxValue - TarFormat.Block)
            throw Fail(TarFaults.BadNumber(archive, name, "size", size));

        // Some tools skip such a content and some do not: what follows would be a header to one and data to the other.
        if (size > 0 && !hasContent)
            throw Fail(TarFaults.BadNumber(archive, name, "though it is no file, size", size));

        return new TarMember(name, type, content, size)
        {
            Mode = (int)(Number(header[TarFormat.Mode], at, "mode") & UnixMode.All),
            Uid = extensions.Uid ?? Number(header[TarFormat.Uid], at, "uid"),
            Gid = extensions.Gid ?? Number(header[TarFormat.Gid], at, "gid"),
            ModifiedAt = extensions.ModifiedAt ?? Number(header[TarFormat.ModifiedAt], at, "mtime"),
            LinkName = extensions.LinkName ?? Text(header[TarFormat.LinkName], at),
            DeviceMajor = type is TarFormat.CharacterDevice or TarFormat.BlockDevice ? Number(header[TarFormat.DeviceMajor], at, "device number") : 0,
            DeviceMinor = type is TarFormat.CharacterDevice or TarFormat.BlockDevice ? Number(header[TarFormat.DeviceMinor], at, "device number") : 0,
            Xattrs = extensions.Xattrs,
            Elsewhere = extensions.Elsewhere,
        };
    }

    private string HeaderName(ReadOnlySpan<byte> header, long at)
    {
        string name = Text(header[TarFormat.Name], at);

        // In the GNU form these bytes hold other things.
        bool posix = header[TarFormat.Magic].SequenceEqual("ustar\0"u8);
        string prefix = posix ? Text(header[TarFormat.Prefix], at) : "";
        return prefix.Length == 0 ? name : $"{prefix}/{name}";
    }

    public void Check(ReadOnlySpan<byte> header, long at)
    {
        if (!TarFormat.TryReadNumber(header[TarFormat.Checksum], out long sum))
            throw Fail(TarFaults.NoTar(archive, at, "the checksum is no number"));
        int computed = TarFormat.SumOf(header);
        if (sum != computed)
            throw Fail(TarFaults.NoTar(archive, at, string.Create(CultureInfo.InvariantCulture, $"the checksum is {sum}, the bytes give {computed}")));
        ReadOnlySpan<byte> magic = header[TarFormat.Magic];
        if (!magic.SequenceEqual("ustar\0"u8) && !magic.SequenceEqual("ustar "u8) && magic.IndexOfAnyExcept((byte)0) >= 0)
            throw Fail(TarFaults.NoTar(archive, at, "the magic is neither ustar nor empty"));
    }

    private long Number(ReadOnlySpan<byte> field, long at, string what) =>
        TarFormat.TryReadNumber(field, out long value) ? value : throw Fail(TarFaults.NoTar(archive, at, $"the {what} is no number"));

    private string Text(ReadOnlySpan<byte> field, long at)
    {
        int end = field.IndexOf((byte)0);
        try
        {
            return TarFormat.StrictUtf8.GetString(end < 0 ? field : field[..end]);
        }
        catch (DecoderFallbackException e)
        {
            throw new FactoryException(TarFaults.NoTar(archive, at, "a name is not UTF-8"), e);
        }
    }

    private static FactoryException Fail(Fault fault) => new(fault);
}
