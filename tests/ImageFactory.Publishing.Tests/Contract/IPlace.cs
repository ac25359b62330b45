using ImageFactory.Model.Manifests;
using ImageFactory.Publishing.Running;

namespace ImageFactory.Publishing.Tests.Contract;

/// <summary>A service to publish to, as its other users see it.</summary>
public interface IPlace : IAsyncDisposable
{
    /// <summary>A publisher as a new process would make it.</summary>
    PreparedDestination Destination(string owner);

    /// <summary>The disk's bytes as the service has them, to <paramref name="file"/>; at least as long as the disk, zeros behind it.</summary>
    Task ReadBackAsync(Publication publication, string file);

    /// <summary>Names of everything that is there, whoever made it.</summary>
    IReadOnlyList<string> Everything();
}
