using System.Security.Cryptography;

namespace ImageFactory.SecureExecution.Cryptography;

/// <summary>
/// Key material: pinned, so that the collector makes no copies of it, cleared when disposed, and never shown.
/// </summary>
public sealed class SecretBytes : IDisposable
{
    private readonly byte[] bytes;
    private bool disposed;

    public SecretBytes(int length) => bytes = GC.AllocateArray<byte>(length, pinned: true);

    public SecretBytes(ReadOnlySpan<byte> value)
        : this(value.Length) => value.CopyTo(bytes);

    public int Length => bytes.Length;

    /// <exception cref="ObjectDisposedException">The secret was cleared already.</exception>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return bytes;
        }
    }

    /// <summary>Compares in a time that does not depend on where the first difference is.</summary>
    public bool SameAs(ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(Span, other);

    public void Dispose()
    {
        disposed = true;
        CryptographicOperations.ZeroMemory(bytes);
    }

    public override string ToString() => "***";
}
