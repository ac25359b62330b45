using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.EventLogs;

/// <summary>One record of an event log.</summary>
/// <param name="Offset">Where the record begins in the log, in bytes.</param>
/// <param name="Pcr">The register that was extended. In a log of TDX it is the number of a measurement register: 1 to 4 are RTMR 0 to 3.</param>
/// <param name="Digests">What was extended, in each bank.</param>
/// <param name="Data">What the firmware says about it; nothing proves that but the meaning of the digest.</param>
public sealed record TcgEvent(
    long Offset, int Pcr, TcgEventType Type, IReadOnlyDictionary<TcgAlgorithm, ReadOnlyMemory<byte>> Digests, ReadOnlyMemory<byte> Data)
{
    /// <summary>Informative records extend nothing.</summary>
    public bool Extends => Type != TcgEventType.NoAction;

    /// <summary>The digest in a bank as lower-case hex; null when the log has none for it.</summary>
    public string? DigestOf(TcgAlgorithm bank) => Digests.TryGetValue(bank, out ReadOnlyMemory<byte> digest) ? Convert.ToHexStringLower(digest.Span) : null;
}
