using System.Buffers;
using System.Security.Cryptography;
using System.Threading.Channels;

namespace ImageFactory.Model;

/// <summary>Hashes on a thread of its own what another one takes from the network and writes to a disk: the three together last as long as the slowest.</summary>
public sealed class BackgroundHash : IDisposable
{
    /// <summary>Pieces, of a reader's buffer each, that wait; more would only hold memory.</summary>
    private const int Waiting = 16;

    private readonly Channel<(byte[] Buffer, int Count)> pieces = Channel.CreateBounded<(byte[], int)>(
        new BoundedChannelOptions(Waiting) { SingleReader = true, SingleWriter = true });

    private readonly Task<byte[]> digest;

    public BackgroundHash(IncrementalHash hash) => digest = Task.Run(() => HashAsync(hash));

    /// <summary>Takes a copy: the caller may use its buffer again.</summary>
    public ValueTask AppendAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(piece.Length);
        piece.CopyTo(buffer);
        return pieces.Writer.WriteAsync((buffer, piece.Length), cancellation);
    }

    /// <summary>As <see cref="AppendAsync"/>, for callers that wait.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(piece.Length);
        piece.CopyTo(buffer);
        if (!pieces.Writer.TryWrite((buffer, piece.Length)))
            pieces.Writer.WriteAsync((buffer, piece.Length)).AsTask().GetAwaiter().GetResult();
    }

    /// <summary>The digest of all pieces. Nothing can be appended afterwards.</summary>
    public Task<byte[]> FinishAsync()
    {
        pieces.Writer.TryComplete();
        return digest;
    }

    public void Dispose() => pieces.Writer.TryComplete();

    private async Task<byte[]> HashAsync(IncrementalHash hash)
    {
        using (hash)
        {
            await foreach ((byte[] buffer, int count) in pieces.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                hash.AppendData(buffer, 0, count);
                ArrayPool<byte>.Shared.Return(buffer);
            }

            return hash.GetHashAndReset();
        }
    }
}
