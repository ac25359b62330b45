using ImageFactory.Model;

namespace ImageFactory.SecureExecution.HostKeys;

/// <param name="Documents">Usable documents in the order of their files; complete only without errors among the faults.</param>
/// <param name="Faults">All faults and warnings of all files.</param>
/// <param name="Verified">Whether the documents were verified and passed.</param>
public sealed record HostKeyCheckResult(IReadOnlyList<HostKeyDocument> Documents, IReadOnlyList<Fault> Faults, bool Verified)
{
    /// <exception cref="FactoryException">There is an error among the faults.</exception>
    public HostKeyCheckResult OrThrow()
    {
        FactoryException.ThrowIfAny(Faults);
        return this;
    }
}
