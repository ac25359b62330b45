using System.Globalization;
using System.Text;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Payload;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>
/// The names of the files in an initramfs: cpio archives (<c>newc</c>) one after another with zeros between them, the last of them compressed
/// (Documentation/driver-api/early-userspace/buffer-format of the kernel). Contents are passed over.
/// </summary>
internal static class InitramfsNames
{
    private const int HeaderLength = 110;
    private const int LongestName = 4096;
    private const int MostNames = 500_000;
    private const long MostBytes = 4L << 30;
    private const string End = "TRAILER!!!";

    /// <exception cref="InvalidDataException">It is no initramfs, is damaged, or is compressed in a way that is not read here.</exception>
    public static async Task<IReadOnlyCollection<string>> ReadAsync(Stream source, CancellationToken cancellation)
    {
        Walker walker = new(source);
        try
        {
            await walker.WalkAsync(isCompressed: false, cancellation).ConfigureAwait(false);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("it ends inside an entry", e);
        }
        catch (FactoryException e)
        {
            throw new InvalidDataException(e.Faults[0].Message, e);
        }

        return walker.Names;
    }

    private sealed class Walker(Stream source)
    {
        private readonly byte[] buffer = new byte[64 << 10];
        private long at;

        public HashSet<string> Names { get; private init; } = new(StringComparer.Ordinal);

        public async Task WalkAsync(bool isCompressed, CancellationToken cancellation)
        {
            while (await NextAsync(cancellation).ConfigureAwait(false) is { } first)
            {
                byte[] head = new byte[Compression.HeadLength];
                head[0] = first;
                int length = 1 + await source.ReadAtLeastAsync(head.AsMemory(1, 5), 5, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
                at += length - 1;
                if (head.AsSpan(0, 6).SequenceEqual("070701"u8) || head.AsSpan(0, 6).SequenceEqual("070702"u8))
                {
                    await ArchiveAsync(cancellation).ConfigureAwait(false);
                    continue;
                }

                if (isCompressed)
                    throw new InvalidDataException("something else than an archive is compressed in it");
                length += await source.ReadAtLeastAsync(head.AsMemory(length), head.Length - length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
                Compression form = Compression.Of(head.AsSpan(0, length)) ?? throw new InvalidDataException($"it goes on with {Compression.Describe(head.AsSpan(0, length))}");
                await using Stream plain = form.Open(new HeadedStream(head.AsMemory(0, length), source));
                await new Walker(plain) { Names = Names }.WalkAsync(isCompressed: true, cancellation).ConfigureAwait(false);
                return;
            }
        }

        /// <summary>The next byte that is not zero.</summary>
        private async Task<byte?> NextAsync(CancellationToken cancellation)
        {
            while (await source.ReadAtLeastAsync(buffer.AsMemory(0, 1), 1, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) == 1)
            {
                at++;
                if (buffer[0] != 0)
                    return buffer[0];
            }

            return null;
        }

        /// <summary>Entries up to the one that ends an archive; the magic of the first was read.</summary>
        private async Task ArchiveAsync(CancellationToken cancellation)
        {
            at = 6;
            while (true)
            {
                await ReadAsync(buffer.AsMemory(0, HeaderLength - 6), cancellation).ConfigureAwait(false);
                long size = Number(6);
                long nameLength = Number(11);
                if (nameLength is < 1 or > LongestName)
                    throw new InvalidDataException($"an entry has a name of {nameLength} bytes");
                await ReadAsync(buffer.AsMemory(0, (int)nameLength), cancellation).ConfigureAwait(false);
                string name = Encoding.UTF8.GetString(buffer, 0, (int)nameLength - 1);
                await PadAsync(cancellation).ConfigureAwait(false);
                if (name == End)
                    return;
                if (Names.Count >= MostNames || at + size > MostBytes)
                    throw new InvalidDataException("it is larger than any initramfs");
                Names.Add(name);
                for (long left = size; left > 0;)
                {
                    int part = (int)Math.Min(left, buffer.Length);
                    await ReadAsync(buffer.AsMemory(0, part), cancellation).ConfigureAwait(false);
                    left -= part;
                }

                await PadAsync(cancellation).ConfigureAwait(false);
                await ReadAsync(buffer.AsMemory(0, 6), cancellation).ConfigureAwait(false);
                if (!buffer.AsSpan(0, 6).SequenceEqual("070701"u8) && !buffer.AsSpan(0, 6).SequenceEqual("070702"u8))
                    throw new InvalidDataException("an entry does not begin with its magic");
            }
        }

        /// <summary>One of the 13 numbers of a header, each eight hex digits.</summary>
        private long Number(int index) =>
            long.TryParse(Encoding.ASCII.GetString(buffer, index * 8, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long number)
                ? number
                : throw new InvalidDataException("a header has something else than hex digits");

        private Task PadAsync(CancellationToken cancellation) => ReadAsync(buffer.AsMemory(0, (int)((4 - (at & 3)) & 3)), cancellation);

        private async Task ReadAsync(Memory<byte> target, CancellationToken cancellation)
        {
            await source.ReadExactlyAsync(target, cancellation).ConfigureAwait(false);
            at += target.Length;
        }
    }
}
