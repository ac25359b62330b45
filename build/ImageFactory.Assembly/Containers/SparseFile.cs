using System.Security.Cryptography;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Containers;

/// <summary>Writes a file that streams in, with holes where it is zero, and takes its digest meanwhile.</summary>
internal sealed class SparseFile : IAsyncDisposable
{
    private readonly FileStream file;
    private readonly SparseWriter writer;
    private readonly string name;
    private readonly long most;
    private readonly BackgroundHash hash = new(IncrementalHash.CreateHash(HashAlgorithmName.SHA256));

    /// <param name="name">How faults call the content.</param>
    /// <param name="most">Longer content is refused.</param>
    public SparseFile(string path, string name, long most)
    {
        file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
        writer = new SparseWriter(file);
        this.name = name;
        this.most = most;
    }

    /// <exception cref="FactoryException">IFO706 or IFO711.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation)
    {
        if (writer.Position + piece.Length > most)
            throw new FactoryException(ContainerFaults.TooLarge(name, name, writer.Position + piece.Length, most));
        await hash.AppendAsync(piece, cancellation).ConfigureAwait(false);
        try
        {
            await writer.WriteAsync(piece, cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new FactoryException(ContainerFaults.NoSpace(name, e.Message), e);
        }
    }

    /// <summary>Ends the file where it ends, also when that is in a hole.</summary>
    /// <returns>Digest of all that was written, holes among it.</returns>
    public async Task<Sha256> FinishAsync()
    {
        writer.Finish();
        return new Sha256(await hash.FinishAsync().ConfigureAwait(false));
    }

    public ValueTask DisposeAsync()
    {
        hash.Dispose();
        return file.DisposeAsync();
    }
}
