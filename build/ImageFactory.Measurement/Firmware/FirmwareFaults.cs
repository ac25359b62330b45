using ImageFactory.Model;

namespace ImageFactory.Measurement.Firmware;

internal static class FirmwareFaults
{
    public static Fault CannotRead(string file, string why) =>
        new("IFM351", ExitCode.MissingInput, "the firmware image cannot be read") { Where = file, Detail = why, Hint = "check the path in measurements.launch" };

    public static Fault CannotReadDirect(string file, string why) =>
        new("IFM353", ExitCode.MissingInput, "what the host boots directly cannot be read") { Where = file, Detail = why, Hint = "check the paths in measurements.launch[].direct" };

    public static Fault NotOvmf(string file, string what) =>
        new("IFM352", ExitCode.InvalidInput, $"this is no firmware for confidential VMs: {what}")
        {
            Where = file,
            Hint = "name the OVMF image that the host launches with (OVMF.amdsev.fd, OVMF.inteltdx.fd or a combined one)",
        };
}
