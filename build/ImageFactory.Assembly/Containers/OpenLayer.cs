using ImageFactory.Assembly.Payload;
using ImageFactory.Model;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;

namespace ImageFactory.Assembly.Containers;

/// <summary>A layer or another blob while it streams in: decompressed as its first bytes ask for, whatever its media type says.</summary>
internal sealed class OpenLayer : IAsyncDisposable
{
    private readonly BlobStream blob;
    private readonly string format;

    private OpenLayer(BlobStream blob, Stream content, string format, string name)
    {
        this.blob = blob;
        this.format = format;
        Content = content;
        Name = name;
    }

    public Stream Content { get; }

    /// <summary>How faults call it.</summary>
    public string Name { get; }

    public static async Task<OpenLayer> OpenAsync(RegistryClient client, ResolvedImage image, Descriptor layer, Action<long>? progress, CancellationToken cancellation)
    {
        string name = $"{image.Reference.Name}@{layer.Digest}";
        BlobStream blob = client.OpenBlob(image, layer, progress);
        try
        {
            HeadedStream stream = await PeekAsync(blob, cancellation).ConfigureAwait(false);
            Compression? compression = Compression.Of(stream.Head.Span);
            return new OpenLayer(blob, compression?.Open(stream) ?? stream, compression?.Name ?? "tar", name);
        }
        catch
        {
            await blob.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The same stream, with its first bytes to look at.</summary>
    public static async Task<HeadedStream> PeekAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] head = new byte[Compression.HeadLength];
        int length = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return new HeadedStream(head.AsMemory(0, length), stream);
    }

    /// <summary>Reads with faults that name the layer; then checks the digest of all of it. Nothing that was read may be used before this has returned.</summary>
    public async Task<T> ReadAsync<T>(Func<Stream, Task<T>> read, CancellationToken cancellation)
    {
        T result;
        try
        {
            result = await read(Content).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            // What was changed on its way or in the registry is not what was pushed: then the digest says so.
            await blob.FinishAsync(cancellation).ConfigureAwait(false);
            throw new FactoryException(ContainerFaults.Corrupt(Name, format, e.Message), e);
        }
        catch (FactoryException e)
        {
            throw new FactoryException([.. e.Faults.Select(f => f.Where is null ? f.At(Name) : f)], e);
        }

        await blob.FinishAsync(cancellation).ConfigureAwait(false);
        return result;
    }

    public async ValueTask DisposeAsync()
    {
        await Content.DisposeAsync().ConfigureAwait(false);
        await blob.DisposeAsync().ConfigureAwait(false);
    }
}
