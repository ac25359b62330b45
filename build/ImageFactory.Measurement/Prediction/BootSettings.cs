using ImageFactory.Measurement.SecureBoot;

namespace ImageFactory.Measurement.Prediction;

/// <summary>What the image does not decide about its boot.</summary>
public sealed record BootSettings
{
    /// <summary>The firmware checks signatures.</summary>
    public bool SecureBoot { get; init; }

    /// <summary>The machine is a confidential VM, which systemd-stub notices: command lines from outside are then taken in fewer cases.</summary>
    public bool ConfidentialVm { get; init; } = true;

    /// <summary>Phases that systemd has extended into PCR 11 when the quote is made; none where its units are masked.</summary>
    public IReadOnlyList<string> Phases { get; init; } = [];

    /// <summary>The enrolled keys; null: they are the firmware vendor's, and PCR 7 is not predicted.</summary>
    public EnrolledKeys? Keys { get; init; }
}

/// <summary>The phases of systemd-pcrphase, in order.</summary>
public static class BootPhases
{
    public static IReadOnlyList<string> All { get; } = ["enter-initrd", "leave-initrd", "sysinit", "ready"];
}
