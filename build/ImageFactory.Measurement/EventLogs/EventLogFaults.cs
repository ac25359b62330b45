using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.Measurement.EventLogs;

internal static class EventLogFaults
{
    public static Fault Damaged(string file, long offset, string what) =>
        new("IFM501", ExitCode.InvalidInput, $"the event log is damaged: {what}")
        {
            Where = string.Create(CultureInfo.InvariantCulture, $"{file}@0x{offset:x}"),
            Hint = "take the whole of /sys/kernel/security/tpm0/binary_bios_measurements, as root and in binary",
        };

    public static Fault OldForm(string file) =>
        new("IFM502", ExitCode.InvalidInput, "the event log does not begin with 'Spec ID Event03': it is no log of a TPM 2.0")
        {
            Where = file,
            Hint = "logs of a TPM 1.2 and of userspace (JSON) are not read; take /sys/kernel/security/tpm0/binary_bios_measurements",
        };

    public static Fault NoBank(string file, TcgAlgorithm bank, IEnumerable<TcgAlgorithm> there) =>
        new("IFM503", ExitCode.InvalidInput, $"the event log has no digests for {bank}, only for {string.Join(", ", there)}")
        {
            Where = file,
            Hint = "switch the bank on in the firmware of the machine, or compare in a bank that the log has",
        };

    public static Fault TooLong(string file, long length, int limit) =>
        new("IFM504", ExitCode.InvalidInput, $"the event log has {length} bytes, more than {limit}")
        {
            Where = file,
            Hint = "a log of a boot has some tens of kilobytes: is this another file?",
        };
}
