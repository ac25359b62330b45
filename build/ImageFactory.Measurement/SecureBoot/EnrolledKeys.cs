using System.Security.Cryptography.X509Certificates;

namespace ImageFactory.Measurement.SecureBoot;

/// <summary>The keys that an image is published with, as its machines' firmware has them enrolled.</summary>
/// <param name="Owner">Owner GUID of the entries.</param>
/// <param name="PlatformKey">PK.</param>
/// <param name="KeyExchangeKeys">KEK, in the order of the variable.</param>
/// <param name="Allowed">db, in the order of the variable; each certificate is a signature list of its own.</param>
/// <param name="Forbidden">The whole content of dbx; empty: an empty variable.</param>
public sealed record EnrolledKeys(
    Guid Owner,
    X509Certificate2 PlatformKey,
    IReadOnlyList<X509Certificate2> KeyExchangeKeys,
    IReadOnlyList<X509Certificate2> Allowed,
    ReadOnlyMemory<byte> Forbidden)
{
    /// <summary>The entries of db that accept the programs of the boot, in the order of their first use; null: the only one there is.</summary>
    public IReadOnlyList<X509Certificate2>? Accepting { get; init; }
}
