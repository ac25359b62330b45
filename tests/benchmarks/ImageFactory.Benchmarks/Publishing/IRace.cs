using ImageFactory.Publishing.Running;

namespace ImageFactory.Benchmarks.Publishing;

/// <summary>One provider: its service in the benchmark's own process, and the two ways to bring a disk there, each in a process of its own.</summary>
internal interface IRace : IAsyncDisposable
{
    /// <summary>The file that is published, made from the sparse raw disk.</summary>
    string Prepare(string disk) => disk;

    /// <summary>Starts the service, or makes its next place.</summary>
    /// <returns>What the other process must know.</returns>
    Task<string[]> OpenAsync();

    /// <summary>Frees what was sent.</summary>
    Task ForgetAsync();

    /// <summary>The requests that carry data, with that data in memory already.</summary>
    /// <param name="pieces">Offset and content.</param>
    /// <param name="service">What <see cref="OpenAsync"/> told.</param>
    Task BareAsync(IReadOnlyList<(long Offset, byte[] Content)> pieces, string folder, string[] service);

    /// <summary>The size of a piece of data of the bare loop.</summary>
    int Piece { get; }

    PreparedDestination Destination(string folder, string[] service);
}
