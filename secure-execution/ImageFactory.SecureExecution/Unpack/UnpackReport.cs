using ImageFactory.Model;
using ImageFactory.SecureExecution.Format;

namespace ImageFactory.SecureExecution.Unpack;

/// <summary>What the check found. Without faults a machine would take the image (and it holds what was expected).</summary>
public sealed record UnpackReport(IReadOnlyList<Fault> Faults, IReadOnlyList<UnpackedComponent> Components)
{
    /// <exception cref="FactoryException">There are faults.</exception>
    public UnpackReport OrThrow()
    {
        FactoryException.ThrowIfAny(Faults);
        return this;
    }
}

/// <param name="Address">In the image.</param>
/// <param name="Size">Bytes without padding.</param>
/// <param name="Content">Of the decrypted bytes.</param>
public sealed record UnpackedComponent(ComponentKind Kind, long Address, long Size, Sha256 Content);
