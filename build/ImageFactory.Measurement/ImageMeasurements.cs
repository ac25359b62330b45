using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Verity;
using ImageFactory.Model;

namespace ImageFactory.Measurement;

/// <summary>Everything that is known about the measurements of one image.</summary>
public sealed record ImageMeasurements
{
    public required ImageIdentity Image { get; init; }

    public required BootDescription Boot { get; init; }

    /// <summary>Null when the command line names no root hash; there is a fault then.</summary>
    public RootBinding? Root { get; init; }

    /// <summary>One prediction for each kind of boot that the image can make: without and with Secure Boot, for each phase path.</summary>
    public required IReadOnlyList<BootPrediction> Boots { get; init; }

    /// <summary>Errors: the values must not be published. Warnings: worth knowing.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    public bool MayBePublished => Faults.All(f => f.Severity != Severity.Error);
}

/// <param name="File">As its user named it.</param>
/// <param name="Format">raw, qcow2 or vhd.</param>
/// <param name="VirtualSize">Bytes of the disk.</param>
/// <param name="Sha256">Of the image file; null when it was not computed.</param>
public sealed record ImageIdentity(string File, string Format, long VirtualSize, Sha256? Sha256);

/// <param name="Chain">firmware → systemd-boot → UKI</param>
/// <param name="Programs">In the order of loading, addons included.</param>
/// <param name="Stub">Version of systemd-stub; null when the UKI does not say.</param>
/// <param name="Kernel">Release of the kernel; null when it does not say.</param>
/// <param name="CommandLine">That the kernel gets without a command line from outside.</param>
/// <param name="Sidecars">Credentials and extension images beside the UKI.</param>
/// <param name="Signed">Every program carries a signature, so the image can boot with Secure Boot.</param>
/// <param name="ResetsOnce">The first boot on a new machine ends with a reset by shim's fallback; the values are those of the second.</param>
public sealed record BootDescription(
    string Chain,
    IReadOnlyList<string> Programs,
    string? Stub,
    string? Kernel,
    string CommandLine,
    IReadOnlyList<string> Sidecars,
    bool Signed,
    bool ResetsOnce);
