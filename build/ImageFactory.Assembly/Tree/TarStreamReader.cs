using System.Buffers;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tree;

/// <summary>
/// Reads an uncompressed tar as it comes, once and forward, with memory for one set of headers: what nobody takes is passed over.
/// The same rules hold as in <see cref="TarMemberReader"/>.
/// </summary>
internal sealed class TarStreamReader(Stream stream, string archive)
{
    private readonly TarHeaderReader headers = new(archive);
    private readonly byte[] buffer = new byte[256 << 10];
    private readonly ArrayBufferWriter<byte> raw = new();
    private int start;
    private int end;
    private long position;
    private long left;
    private long padding;
    private bool ended;

    /// <summary>Warnings about the archive; complete when all members were read.</summary>
    public IReadOnlyList<Fault> Warnings => headers.Warnings;

    /// <summary>The header blocks of the current member as they stand in the archive, its extended headers first. Valid until the next member.</summary>
    public ReadOnlyMemory<byte> RawHeaders => raw.WrittenMemory;

    /// <summary>The next member, or null at the end mark. What is left of the current one is passed over.</summary>
    /// <exception cref="FactoryException">The archive is malformed.</exception>
    public async ValueTask<TarMember?> NextAsync(CancellationToken cancellation)
    {
        if (ended)
            return null;
        await SkipAsync(left + padding, cancellation).ConfigureAwait(false);
        left = padding = 0;
        raw.ResetWrittenCount();
        TarExtensions extensions = new();
        byte[] header = new byte[TarFormat.Block];
        while (true)
        {
            long at = position;
            await FillAsync(header, "the list of entries: its end mark is missing", cancellation).ConfigureAwait(false);
            if (header.AsSpan().IndexOfAnyExcept((byte)0) < 0)
            {
                if (!extensions.IsEmpty)
                    throw new FactoryException(TarFaults.BadExtension(archive, at, "no entry follows it"));
                ended = true;
                return null;
            }

            headers.Check(header, at);
            raw.Write(header.AsSpan());
            if (headers.ExtensionSize(header, at) is { } size)
            {
                byte[] body = new byte[TarFormat.Padded(size)];
                await FillAsync(body, "an extended header", cancellation).ConfigureAwait(false);
                raw.Write(body.AsSpan());
                headers.ReadExtension(header[TarFormat.TypeAt], body.AsSpan(0, (int)size), at, extensions);
                continue;
            }

            TarMember member = headers.ToMember(header, at, position, extensions);
            left = member.Size;
            padding = TarFormat.Padded(member.Size) - member.Size;
            return member;
        }
    }

    /// <summary>Hands on what is left of the current member's content, piece by piece; a piece is valid until the next.</summary>
    public async Task ReadContentAsync(Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellation)
    {
        while (left > 0)
        {
            ReadOnlyMemory<byte> piece = await SomeAsync(left, cancellation).ConfigureAwait(false);
            left -= piece.Length;
            await take(piece).ConfigureAwait(false);
        }
    }

    private async ValueTask SkipAsync(long count, CancellationToken cancellation)
    {
        while (count > 0)
            count -= (await SomeAsync(count, cancellation).ConfigureAwait(false)).Length;
    }

    private async ValueTask FillAsync(byte[] target, string what, CancellationToken cancellation)
    {
        for (int filled = 0; filled < target.Length;)
        {
            ReadOnlyMemory<byte> piece = await SomeAsync(target.Length - filled, cancellation, filled == 0 ? what : null).ConfigureAwait(false);
            piece.CopyTo(target.AsMemory(filled));
            filled += piece.Length;
        }
    }

    /// <summary>At least one and at most <paramref name="most"/> bytes of the archive.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> SomeAsync(long most, CancellationToken cancellation, string? what = null)
    {
        if (start == end)
        {
            start = 0;
            end = await stream.ReadAtLeastAsync(buffer, buffer.Length / 2, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            if (end == 0)
                throw new FactoryException(TarFaults.Truncated(archive, position, what ?? "an entry"));
        }

        int count = (int)Math.Min(most, end - start);
        ReadOnlyMemory<byte> piece = buffer.AsMemory(start, count);
        start += count;
        position += count;
        return piece;
    }
}
