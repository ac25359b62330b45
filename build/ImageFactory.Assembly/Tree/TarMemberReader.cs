using ImageFactory.Model;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Assembly.Tree;

/// <summary>
/// Reads the headers of an uncompressed tar file and leaves the contents where they are. Strict where tools disagree about what a
/// malformed header means: such an archive would be one thing to the scanner and another to the image.
/// </summary>
internal sealed class TarMemberReader : IDisposable
{
    private readonly string archive;
    private readonly TarHeaderReader headers;
    private readonly SafeFileHandle handle;
    private readonly long length;
    private readonly byte[] window = new byte[64 << 10];
    private long windowAt;
    private int windowLength;
    private long position;

    public TarMemberReader(string path, string shownAs)
    {
        archive = shownAs;
        headers = new TarHeaderReader(shownAs);
        handle = File.OpenHandle(path);
        length = RandomAccess.GetLength(handle);
    }

    /// <summary>Warnings about the archive as a whole; complete when all members were read.</summary>
    public List<Fault> Warnings => headers.Warnings;

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

            headers.Check(header.Span, at);
            if (headers.ExtensionSize(header.Span, at) is { } size)
            {
                byte type = header.Span[TarFormat.TypeAt];
                headers.ReadExtension(type, Take((int)TarFormat.Padded(size), "an extended header")[..(int)size].Span, at, extensions);
                continue;
            }

            TarMember member = headers.ToMember(header.Span, at, position, extensions);
            long padded = TarFormat.Padded(member.Size);
            if (padded > length - position)
                throw Fail(TarFaults.Truncated(archive, at, $"'{TarFaults.Shown(member.Name)}', whose size is given as {member.Size}"));
            position += padded;
            extensions = new TarExtensions();
            yield return member;
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
