using System.Buffers;
using System.Security.Cryptography;
using System.Threading.Channels;

namespace ImageFactory.Registry.Content;

/// <summary>Hashes on a thread of its own what another one takes from the network and writes to a disk: the three together last as long as the slowest.</summary>
internal sealed class BackgroundHash : IDisposable
{
    /// <summary>Pieces of at most some 128 KiB that wait; more would only hold memory.</summary>
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
