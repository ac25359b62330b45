namespace LibGuestFs.Net;

/// <summary>How far a long operation of the appliance has come. Units are the operation's own: bytes for transfers.</summary>
/// <param name="Total">0 when it is not known.</param>
public readonly record struct GuestFsProgress(long Position, long Total);

/// <summary>Something that the library or the appliance said.</summary>
public sealed record GuestFsMessage(GuestFsMessageKind Kind, string Text);

public enum GuestFsMessageKind
{
    /// <summary>Console of the appliance, and what QEMU prints.</summary>
    Appliance,

    /// <summary>Debug messages of the library (only with <see cref="GuestFsOptions.Verbose"/>).</summary>
    Library,

    Warning,
}
