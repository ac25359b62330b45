namespace LibGuestFs.Net;

public sealed record DriveOptions
{
    /// <summary><c>raw</c>, <c>qcow2</c>, … Never guessed: a raw disk whose guest wrote a qcow2 header would else open any file of the host.</summary>
    public string Format { get; init; } = "qcow2";

    /// <summary>Writes go to a temporary overlay and are lost.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Do not wait for the disk of this machine: for images that are thrown away when the work fails.</summary>
    public bool Unsafe { get; init; }
}
