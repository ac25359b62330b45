namespace ImageFactory.Model;

/// <summary>Ends the work because of one or more faults. All that were found travel together.</summary>
public sealed class FactoryException : Exception
{
    public FactoryException(Fault fault, Exception? cause = null)
        : this([fault], cause)
    {
    }

    public FactoryException(IReadOnlyList<Fault> faults, Exception? cause = null)
        : base(string.Join('\n', faults), cause)
    {
        ArgumentOutOfRangeException.ThrowIfZero(faults.Count, nameof(faults));
        Faults = faults;
    }

    public IReadOnlyList<Fault> Faults { get; }

    /// <summary>The exit code of the first error: the one a reader should mend first.</summary>
    public ExitCode ExitCode => (Faults.FirstOrDefault(f => f.Severity == Severity.Error) ?? Faults[0]).ExitCode;

    /// <summary>Throws when there is an error among the faults; warnings alone pass.</summary>
    public static void ThrowIfAny(IReadOnlyList<Fault> faults)
    {
        if (faults.Any(f => f.Severity == Severity.Error))
            throw new FactoryException(faults);
    }
}
