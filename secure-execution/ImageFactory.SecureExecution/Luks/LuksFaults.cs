using ImageFactory.Model;

namespace ImageFactory.SecureExecution.Luks;

/// <summary>Faults about LUKS2 containers (IFS701 to IFS719).</summary>
internal static class LuksFaults
{
    public static Fault BadLength(string plaintext, long length, int sectorSize) => Invalid(
        "IFS701",
        plaintext,
        $"the file system has {length} bytes, which is no multiple of the sector size {sectorSize}",
        "make its size a multiple of 4096");

    public static Fault BadSetting(string name, string reason) => Invalid("IFS702", name, reason, "take the defaults");

    public static Fault NoRoom(long available, long needed) => Invalid(
        "IFS703",
        "root partition",
        $"the container needs {needed} bytes, the partition has {available}",
        "make the partition larger, or the root file system smaller");

    public static Fault NotAContainer(string where, string reason) => Invalid("IFS704", where, $"this is no LUKS2 container that can be read: {reason}", "write it anew");

    public static Fault WrongPassphrase(string where) => Invalid("IFS705", where, "the passphrase does not open this container", "give the key file of this very image");

    private static Fault Invalid(string code, string where, string message, string hint) => new(code, ExitCode.InvalidInput, message) { Where = where, Hint = hint };
}
