using System.Security.Cryptography;
using System.Threading.Channels;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Format;
using ImageFactory.SecureExecution.Headers;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.SecureExecution.Writing;

/// <summary>
/// Streams components into an image: one thread reads and encrypts, one writes, one hashes. SHA-512 over one stream cannot
/// be divided, so it is the floor; all else happens beside it. Memory is a fixed ring of buffers.
/// </summary>
internal sealed class PagePipeline : IDisposable
{
    private const int BufferSize = 1 << 20;
    private const int BufferCount = 6;

    private readonly SafeFileHandle output;
    private readonly AesXts? cipher;
    private readonly IWriteObserver? observer;
    private readonly Channel<byte[]> free = Channel.CreateBounded<byte[]>(BufferCount);
    private readonly Channel<(byte[] Buffer, int Length, long Place)> prepared = Channel.CreateBounded<(byte[], int, long)>(BufferCount);
    private readonly Channel<(byte[] Buffer, int Length)> stored = Channel.CreateBounded<(byte[], int)>(BufferCount);
    private readonly IncrementalHash addresses = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
    private readonly IncrementalHash tweaks = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
    private readonly byte[] tweakBuffer = new byte[BufferSize / ImageFormat.PageSize * AesXts.TweakSize];
    private readonly byte[] addressBuffer = new byte[BufferSize / ImageFormat.PageSize * sizeof(ulong)];
    private readonly List<byte[]> buffers = [];
    private ulong pages;

    /// <param name="cipher">Null stores the components as they are.</param>
    public PagePipeline(SafeFileHandle output, AesXts? cipher, IWriteObserver? observer)
    {
        this.observer = observer;
        this.output = output;
        this.cipher = cipher;
        for (int i = 0; i < BufferCount; i++)
        {
            byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
            buffers.Add(buffer);
            free.Writer.TryWrite(buffer);
        }
    }

    /// <summary>Writes all components and returns their digests.</summary>
    /// <param name="contents">Reader and name for each placement, in the same order.</param>
    public async Task<ComponentDigests> RunAsync(
        IReadOnlyList<ComponentPlacement> placements,
        IReadOnlyList<(string Name, ComponentReader Reader)> contents,
        CancellationToken cancellation)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        long total = placements.Sum(p => p.StoredSize);
        Task writing = Task.Run(() => WriteAsync(total, stop.Token), CancellationToken.None);
        Task<byte[]> hashing = Task.Run(() => HashAsync(stop.Token), CancellationToken.None);
        try
        {
            for (int i = 0; i < placements.Count; i++)
                await PrepareAsync(placements[i], contents[i].Name, contents[i].Reader, stop.Token).ConfigureAwait(false);
            prepared.Writer.Complete();
            await writing.ConfigureAwait(false);
            byte[] pageContents = await hashing.ConfigureAwait(false);
            return new ComponentDigests(pages, pageContents, addresses.GetHashAndReset(), tweaks.GetHashAndReset());
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(writing, hashing).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);

            // A disk that refuses shows here; the others only waited in vain for buffers.
            if (writing.IsFaulted)
                await writing.ConfigureAwait(false);
            throw;
        }
    }

    public void Dispose()
    {
        // A run that ended early may have left plain text.
        foreach (byte[] buffer in buffers)
            CryptographicOperations.ZeroMemory(buffer);
        addresses.Dispose();
        tweaks.Dispose();
    }

    private async Task PrepareAsync(ComponentPlacement placement, string name, ComponentReader content, CancellationToken cancellation)
    {
        long done = 0;
        while (done < placement.StoredSize)
        {
            byte[] buffer = await free.Reader.ReadAsync(cancellation).ConfigureAwait(false);
            int length = (int)Math.Min(BufferSize, placement.StoredSize - done);
            Prepare(placement, done, name, content, buffer.AsSpan(0, length));
            await prepared.Writer.WriteAsync((buffer, length, placement.Address + done), cancellation).ConfigureAwait(false);
            done += length;
        }
    }

    private void Prepare(ComponentPlacement placement, long offset, string name, ComponentReader content, Span<byte> data)
    {
        int wanted = (int)Math.Clamp(content.Length - offset, 0, data.Length);
        int found = content.Read(offset, data[..wanted]);
        if (found != wanted)
            throw new FactoryException(WriterFaults.Changed(name, content.Length, offset + found));
        data[wanted..].Clear();

        int count = data.Length / ImageFormat.PageSize;
        Span<byte> pageTweaks = tweakBuffer.AsSpan(0, count * AesXts.TweakSize);
        placement.WriteTweaks(offset, pageTweaks);
        tweaks.AppendData(pageTweaks);
        addresses.AppendData(PageAddresses.Write(placement.Address + offset, count, addressBuffer));
        pages += (ulong)count;
        cipher?.Encrypt(data, ImageFormat.PageSize, pageTweaks);
    }

    private async Task WriteAsync(long total, CancellationToken cancellation)
    {
        long done = 0;
        try
        {
            await foreach ((byte[] buffer, int length, long place) in prepared.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                RandomAccess.Write(output, buffer.AsSpan(0, length), place);
                done += length;
                observer?.Writing(done, total);
                await stored.Writer.WriteAsync((buffer, length), cancellation).ConfigureAwait(false);
            }

            stored.Writer.Complete();
        }
        catch (Exception cause)
        {
            // Else who prepares would wait for a buffer that never comes back.
            free.Writer.TryComplete(cause);
            throw;
        }
    }

    private async Task<byte[]> HashAsync(CancellationToken cancellation)
    {
        try
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
            await foreach ((byte[] buffer, int length) in stored.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                hash.AppendData(buffer.AsSpan(0, length));
                free.Writer.TryWrite(buffer);
            }

            return hash.GetHashAndReset();
        }
        catch (Exception cause)
        {
            free.Writer.TryComplete(cause);
            throw;
        }
    }
}
