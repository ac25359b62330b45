using ImageFactory.Model;

namespace ImageFactory.Build.Composition;

/// <summary>What can be wrong with a call about Secure Execution before the library sees it.</summary>
internal static class SecureExecutionFaults
{
    public static Fault SecretsNeedKey() =>
        new("IFH110", ExitCode.Usage, "--show-secrets needs --hdr-key: the header is sealed with it") { Hint = "give the file with the header key, or leave --show-secrets out" };

    public static Fault OneKey() =>
        new("IFH111", ExitCode.Usage, "'se verify' needs one of --hdr-key and --host-key") { Hint = "the owner has the header key ('se create --save-hdr-key'); a host key is for tests" };

    public static Fault NeedsKernel(string option) =>
        new("IFH112", ExitCode.Usage, $"{option} is compared together with the kernel") { Hint = "give --kernel as well" };

    public static Fault BadHostKey(string file, string why) =>
        new("IFH113", ExitCode.InvalidInput, $"this is no private EC key on P-521 in PEM: {why}") { Where = file, Hint = "give the private key that belongs to the HKD" };

    public static Fault KeyExists(string file) =>
        new("IFH114", ExitCode.CannotWrite, "the file for the key exists already, and a key never replaces another") { Where = file, Hint = "name a new file" };
}
