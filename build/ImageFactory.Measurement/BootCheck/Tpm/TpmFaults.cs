using ImageFactory.Model;

namespace ImageFactory.Measurement.BootCheck.Tpm;

internal static class TpmFaults
{
    public static Fault NotStarted(string lastLines) => Of("IFB301", "the software TPM did not start") with { Detail = lastLines };

    public static Fault BadAnswer(string what) => Of("IFB302", $"the software TPM answers what cannot be read: {what}");

    public static Fault Refused(string command, uint result) => Of("IFB303", $"the software TPM refuses {command} with code 0x{result:x}");

    private static Fault Of(string code, string message) => new(code, ExitCode.Internal, message)
    {
        Hint = "build.log has what swtpm said; './build.sh store verify' says whether the tools are sound",
    };
}
