namespace ImageFactory.Measurement.BootCheck;

/// <summary>
/// Whether the processor's own virtualisation may serve. That the device opens is not enough: behind it may be a
/// software back end that cannot run a firmware (Boot check, section 3), so the processor must say that it can, and the first
/// seconds of the boot are watched.
/// </summary>
internal static class Accelerator
{
    public const string Kvm = "kvm";
    public const string Tcg = "tcg";

    /// <summary>What QEMU says, without ending, when the back end cannot run the firmware.</summary>
    public const string KvmFailure = "KVM internal error";

    /// <summary>No byte on the console for this long under KVM means that it does not work.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(20);

    public static bool MayUseKvm()
    {
        try
        {
            if (!File.ReadLines("/proc/cpuinfo").Any(l => l.StartsWith("flags", StringComparison.Ordinal) && (HasFlag(l, "vmx") || HasFlag(l, "svm"))))
                return false;
            using FileStream device = new("/dev/kvm", FileMode.Open, FileAccess.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool HasFlag(string line, string flag) => line.Split(' ').Contains(flag);
}
