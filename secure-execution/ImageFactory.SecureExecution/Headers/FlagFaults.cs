using ImageFactory.Model;

namespace ImageFactory.SecureExecution.Headers;

/// <summary>Faults about flags that do not go together (IFS201 to IFS209).</summary>
internal static class FlagFaults
{
    public static Fault OverrideAndFlags(string kind) => Usage(
        "IFS201",
        $"the {kind} control flags are given as a number and by name",
        "give the number or the single flags, not both");

    public static Fault DumpWithoutCck() => Usage(
        "IFS202",
        "a guest dump is allowed, but no customer communication key (CCK) is given",
        "give your own CCK (or allow its update): a dump can be read only with a key derived from it");

    public static Fault ExtensionSecretWithoutCck() => Usage(
        "IFS203",
        "the CCK extension secret is enforced, but no customer communication key (CCK) is given",
        "give your own CCK: without it nobody could ever add a secret to the guest");

    public static Fault ExtensionSecretAndUpdate() => Usage(
        "IFS204",
        "the CCK extension secret is enforced and the CCK may be updated: one excludes the other",
        "choose one of the two flags");

    public static Fault ImageKeyWithoutEncryption() => Usage(
        "IFS205",
        "an image key is given, but the components are not to be encrypted",
        "leave the image key out, or leave the encryption on");

    public static Fault NotHex(string option, string text) => new(
        "IFS206",
        ExitCode.InvalidInput,
        $"'{text}' is not a number of at most 16 hexadecimal digits")
    {
        Where = option,
        Hint = "write it like 0x00000000000000e0",
    };

    public static Fault BothWays(string flag) => Usage(
        "IFS207",
        $"'{flag}' is turned on and off at once",
        $"keep one of --enable-{flag} and --disable-{flag}");

    private static Fault Usage(string code, string message, string hint) => new(code, ExitCode.Usage, message) { Hint = hint };
}
