using ImageFactory.Model;

namespace ImageFactory.Trust.Verifying;

/// <summary>What was verified, what was wrong, and what nobody looked at: each thing is said once, in the order of the work.</summary>
public sealed class Verification
{
    private readonly List<VerificationLine> lines = [];
    private readonly List<Fault> faults = [];

    public IReadOnlyList<VerificationLine> Lines => lines;

    public IReadOnlyList<Fault> Faults => faults;

    /// <summary>Nothing was wrong, and something was right.</summary>
    public bool Succeeded => lines.Any(l => l.Outcome == VerificationOutcome.Verified) && lines.All(l => l.Outcome != VerificationOutcome.Wrong);

    public void Verified(string subject, string what) => lines.Add(new VerificationLine(VerificationOutcome.Verified, subject, what));

    public void Wrong(string subject, Fault fault)
    {
        lines.Add(new VerificationLine(VerificationOutcome.Wrong, subject, $"{fault.Code}: {fault.Message}"));
        faults.Add(fault);
    }

    public void NotVerified(string subject, string why) => lines.Add(new VerificationLine(VerificationOutcome.NotVerified, subject, why));
}

/// <param name="Subject">A file, or what else it is about.</param>
/// <param name="Text">What was found, or why nobody looked.</param>
public sealed record VerificationLine(VerificationOutcome Outcome, string Subject, string Text);

public enum VerificationOutcome
{
    Verified,
    Wrong,
    NotVerified,
}
