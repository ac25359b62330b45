using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.Reporting;

/// <summary>One register: what it covers, and each value it can have with the events that lead there.</summary>
/// <param name="Covers">One line for people.</param>
/// <param name="Values">One for each kind of boot that differs.</param>
public sealed record RegisterReport(Register Register, string Covers, IReadOnlyList<RegisterValue> Values);

/// <param name="When">Kinds of boot that give this value; empty: all.</param>
/// <param name="Verified">The rules were confirmed by recorded boots of this stub and kernel.</param>
/// <param name="NotVerified">Why they were not.</param>
public sealed record RegisterValue(IReadOnlyList<string> When, BankDigests Value, bool Verified, string? NotVerified, IReadOnlyList<MeasuredEvent> Events);
