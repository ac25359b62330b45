namespace ImageFactory.Measurement.Events;

/// <summary>Where measured bytes are.</summary>
/// <param name="File">A path on the EFI system partition, with backslashes, or the name of an input.</param>
/// <param name="Section">The section of that program; null when the whole file counts.</param>
/// <param name="Offset">First byte, from the start of the file; null for what is generated at boot.</param>
/// <param name="Size">Number of bytes.</param>
public sealed record MeasuredSource(string File, string? Section, long? Offset, long Size);
