using System.Globalization;
using System.Text;
using ImageFactory.Model;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Assembly.Tree;

/// <summary>
/// Reads the headers of an uncompressed tar file and leaves the contents where they are. Strict where tools disagree about what a
/// malformed header means: such an archive would be one thing to the scanner and another to the image.
/// </summary>
internal sealed class TarMemberReader : IDisposable
{
    /// <summary>No name is longer than 4096 bytes and no set of attributes larger than 64 KiB each; this leaves room for many.</summary>
    private const int MaxExtension = 1 << 20;

    private readonly string archive;
    private readonly SafeFileHandle handle;
    private readonly long length;
    private readonly byte[] window = new byte[64 << 10];
    private long windowAt;
    private int windowLength;
    private long position;

    public TarMemberReader(string path, string shownAs)
    {
        archive = shownAs;
        handle = File.OpenHandle(path);
        length = RandomAccess.GetLength(handle);
    }

    /// <summary>Warnings about the archive as a whole; complete when all members were read.</summary>
    public List<Fault> Warnings { get; } = [];

    public void Dispose() => handle.Dispose();

    /// <summary>The members in their order.</summary>
    /// <exception cref="FactoryException">The archive is malformed.</exception>
    public IEnumerable<TarMember> Members()
    {
        TarExtensions extensions = new();
        while (true)
        {
            long at = position;
            ReadOnlyMemory<byte> header = Take(TarFormat.Block, "a header");
            if (header.Span.IndexOfAnyExcept((byte)0) < 0)
            {
                if (!extensions.IsEmpty)
                    throw Fail(TarFaults.BadExtension(archive, at, "no entry follows it"));
                CheckRest();
                yield break;
            }

            CheckHeader(header.Span, at);
            byte type = header.Span[TarFormat.TypeAt];
            long size = Number(header.Span[TarFormat.Size], at, "size");
            switch (type)
            {
                case TarFormat.PaxHeader:
                    ReadExtension(at, size, extensions.AddPax);
                    continue;
                case TarFormat.PaxGlobalHeader:
                    ReadExtension(at, size, TarExtensions.CheckGlobal);
                    continue;
                case TarFormat.GnuLongName:
                    ReadExtension(at, size, extensions.SetLongName);
                    continue;
                case TarFormat.GnuLongLink:
                    ReadExtension(at, size, extensions.SetLongLink);
                    continue;
            }

            TarMember member = ToMember(header.Span, at, type, size, extensions);
            long padded = TarFormat.Padded(member.Size);
            if (padded > length - position)
                throw Fail(TarFaults.Truncated(archive, at, $"'{TarFaults.Shown(member.Name)}', whose size is given as {member.Size}"));
            position += padded;
            extensions = new TarExtensions();
            yield return member;
        }
    }

    private TarMember ToMember(ReadOnlySpan<byte> header, long at, byte type, long headerSize, TarExtensions extensions)
    {
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

        return new TarMember(name, type, position, size)
        {
            Mode = (int)(Number(header[TarFormat.Mode], at, "mode") & UnixMode.All),
            Uid = extensions.Uid ?? Number(header[TarFormat.Uid], at, "uid"),
            Gid = extensions.Gid ?? Number(header[TarFormat.Gid], at, "gid"),
            ModifiedAt = extensions.ModifiedAt ?? Number(header[TarFormat.ModifiedAt], at, "mtime"),
            LinkName = extensions.LinkName ?? Text(header[TarFormat.LinkName], at),
            DeviceMajor = type is TarFormat.CharacterDevice or TarFormat.BlockDevice ? Number(header[TarFormat.DeviceMajor], at, "device number") : 0,
            DeviceMinor = type is TarFormat.CharacterDevice or TarFormat.BlockDevice ? Number(header[TarFormat.DeviceMinor], at, "device number") : 0,
            Xattrs = extensions.Xattrs,
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

    private void CheckHeader(ReadOnlySpan<byte> header, long at)
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

    private void ReadExtension(long at, long size, Action<ReadOnlySpan<byte>> parse)
    {
        if (size is < 0 or > MaxExtension)
            throw Fail(TarFaults.BadExtension(archive, at, $"its size is {size}, at most {MaxExtension} are possible"));
        ReadOnlyMemory<byte> body = Take((int)TarFormat.Padded(size), "an extended header")[..(int)size];
        try
        {
            parse(body.Span);
        }
        catch (FormatException e)
        {
            throw new FactoryException(TarFaults.BadExtension(archive, at, e.Message), e);
        }
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

    /// <summary>The next bytes of the archive. Valid until the next call.</summary>
    private ReadOnlyMemory<byte> Take(int count, string what)
    {
        if (count > length - position)
            throw Fail(TarFaults.Truncated(archive, position, position == length ? "the list of entries: its end mark is missing" : what));
        byte[] target = window;
        int start = 0;
        if (count > window.Length)
        {
            target = new byte[count];
            Fill(target, position);
        }
        else
        {
            if (position < windowAt || position + count > windowAt + windowLength)
            {
                windowLength = (int)Math.Min(window.Length, length - position);
                windowAt = position;
                Fill(window.AsSpan(0, windowLength), position);
            }

            start = (int)(position - windowAt);
        }

        position += count;
        return target.AsMemory(start, count);
    }

    private void Fill(Span<byte> target, long at)
    {
        while (target.Length > 0)
        {
            int read = RandomAccess.Read(handle, target, at);
            if (read == 0)
                throw Fail(TarFaults.Truncated(archive, at, "what was there a moment ago"));
            target = target[read..];
            at += read;
        }
    }

    private void CheckRest()
    {
        while (position < length)
        {
            long at = position;
            int count = (int)Math.Min(window.Length, length - position);
            if (Take(count, "the end mark").Span.IndexOfAnyExcept((byte)0) >= 0)
            {
                Warnings.Add(TarFaults.TrailingData(archive, at));
                return;
            }
        }
    }

    private static FactoryException Fail(Fault fault) => new(fault);
}
