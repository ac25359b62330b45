using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Payload;

/// <summary>Makes an archive one that can be read at any offset: a compressed one is written out once.</summary>
internal static class ArchiveSpool
{
    private const int BufferSize = 1 << 20;

    /// <summary>Contents, and as much again for headers: an archive of empty files is nothing but headers.</summary>
    private const long MaxLength = 33L << 30;

    /// <returns>The path of the plain tar: the archive itself, or <paramref name="spool"/>.</returns>
    /// <exception cref="FactoryException">It is no archive, or a damaged one.</exception>
    public static async Task<string> OpenAsync(SourcePath archive, string spool, CancellationToken cancellation)
    {
        await using FileStream source = new(archive.FullPath, System.IO.FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.Asynchronous);
        byte[] head = new byte[Compression.HeadLength];
        int length = await source.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        if (Compression.Of(head.AsSpan(0, length)) is not { } compression)
        {
            if (!IsTar(head.AsSpan(0, length)))
                throw new FactoryException(PayloadFaults.UnknownFormat(archive.Text, Compression.Describe(head.AsSpan(0, length))));
            return archive.FullPath;
        }

        source.Position = 0;
        try
        {
            await using Stream plain = compression.Open(source);
            await WriteAsync(plain, archive, spool, cancellation).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new FactoryException(PayloadFaults.Corrupt(archive.Text, compression.Name, e.Message), e);
        }
        catch (FactoryException e)
        {
            // The streams know what is wrong, but not of which file they are.
            throw new FactoryException([.. e.Faults.Select(f => f.Where is null ? f.At(archive.Text) : f)], e);
        }

        return spool;
    }

    /// <summary>A header whose checksum is right, or the end mark of an archive without members.</summary>
    public static bool IsTar(ReadOnlySpan<byte> head) =>
        head.Length == TarFormat.Block
        && (head.IndexOfAnyExcept((byte)0) < 0
            || (TarFormat.TryReadNumber(head[TarFormat.Checksum], out long sum) && sum == TarFormat.SumOf(head)));

    private static async Task WriteAsync(Stream plain, SourcePath archive, string spool, CancellationToken cancellation)
    {
        await using FileStream target = new(spool, System.IO.FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
        byte[] buffer = new byte[BufferSize];
        while (true)
        {
            int read = await plain.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            if (read == 0)
                break;
            if (target.Position + read > MaxLength)
                throw new FactoryException(PayloadFaults.Expands(archive.Text, MaxLength));

            // Zeros become a hole: a bomb of them costs no space.
            if (buffer.AsSpan(0, read).IndexOfAnyExcept((byte)0) < 0)
                target.Position += read;
            else
                await WriteBlockAsync(target, buffer.AsMemory(0, read), archive, cancellation).ConfigureAwait(false);
        }

        target.SetLength(target.Position);
    }

    private static async Task WriteBlockAsync(FileStream target, ReadOnlyMemory<byte> block, SourcePath archive, CancellationToken cancellation)
    {
        try
        {
            await target.WriteAsync(block, cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new FactoryException(PayloadFaults.NoSpace(archive.Text, e.Message), e);
        }
    }
}
