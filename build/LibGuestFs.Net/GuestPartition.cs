namespace LibGuestFs.Net;

/// <param name="Number">From 1.</param>
/// <param name="Offset">Bytes from the start of the disk.</param>
/// <param name="Size">Bytes.</param>
public sealed record GuestPartition(int Number, long Offset, long Size);
