namespace ImageFactory.Measurement.Events;

/// <summary>One extension of a register: what was measured, its digest, and the register afterwards.</summary>
public sealed record MeasuredEvent
{
    public required Register Register { get; init; }

    public required TcgEventType Type { get; init; }

    public required EventSubject Subject { get; init; }

    /// <summary>For people, in one line: <c>\EFI\BOOT\BOOTX64.EFI</c>, <c>section .linux</c>, <c>kernel command line</c>.</summary>
    public required string What { get; init; }

    /// <summary>Where the bytes are; null for fixed strings.</summary>
    public MeasuredSource? Source { get; init; }

    /// <summary>The string that was measured, when it was one.</summary>
    public string? Text { get; init; }

    public required BankDigests Digest { get; init; }

    /// <summary>The register after this event.</summary>
    public BankDigests Value { get; init; } = BankDigests.Zero;

    /// <summary>Why the event is not known for certain; null for what was seen in a boot of the same kind.</summary>
    public string? NotVerified { get; init; }
}
