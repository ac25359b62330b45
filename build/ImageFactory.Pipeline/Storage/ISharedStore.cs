using ImageFactory.Model;

namespace ImageFactory.Pipeline.Storage;

/// <summary>
/// Outputs of stages by key that several machines share. It only saves work: whoever cannot reach it builds by itself, and two machines that build the
/// same key at the same time do it twice and lose nothing, since the key says what comes of it.
/// </summary>
public interface ISharedStore
{
    /// <summary>Writes the output of a key into an empty folder. Its bytes are compared with the entry by whoever called.</summary>
    /// <returns>Null when it is not there.</returns>
    /// <exception cref="FactoryException">The store cannot be asked, or what it has is no entry.</exception>
    Task<StoreEntry?> TakeAsync(Sha256 key, DirectoryInfo output, CancellationToken cancellation);

    /// <summary>Puts an output there.</summary>
    /// <returns>False when it is of a kind that is not shared.</returns>
    /// <exception cref="FactoryException">It cannot be put there.</exception>
    Task<bool> GiveAsync(StoreEntry entry, DirectoryInfo output, CancellationToken cancellation);

    /// <summary>Says that this machine builds a key, until the claim is disposed or its holder is gone.</summary>
    /// <returns>Null while another machine does.</returns>
    /// <exception cref="FactoryException">The store cannot be asked.</exception>
    Task<IAsyncDisposable?> TryClaimAsync(Sha256 key, CancellationToken cancellation);
}
