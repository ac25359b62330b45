using ImageFactory.Model;

namespace ImageFactory.Registry.Signatures;

/// <summary>Images that this machine's policy does not let through.</summary>
internal static class SignatureFaults
{
    public static Fault Rejected(string where, string policy, string scope) =>
        new("IFO601", ExitCode.NotPermitted, $"{policy} rejects images of '{Shown.Text(scope)}'")
        {
            Where = where,
            Hint = "take the image from a registry that the policy allows",
        };

    public static Fault None(string where, string digest) =>
        new("IFO602", ExitCode.NotPermitted, $"the image must be signed, and {digest} has no sigstore signature")
        {
            Where = where,
            Hint = "sign it with cosign sign --key, or take a signed image",
        };

    public static Fault NoneHolds(string where, IEnumerable<string> reasons) =>
        new("IFO603", ExitCode.NotPermitted, "the image must be signed, and none of its signatures holds")
        {
            Where = where,
            Detail = string.Join('\n', reasons),
            Hint = "is it the right key in policy.json, and the image that was signed?",
        };

    public static Fault Unsupported(string where, string policy, string what) =>
        new("IFO604", ExitCode.NotPermitted, $"{policy} demands {what}, which is not checked here, so the image is not used")
        {
            Where = where,
            Hint = "sigstore signatures with a key (sigstoreSigned with keyPath or keyData) are checked",
        };

    public static Fault NotChecked(string where, string policy) =>
        new Fault("IFO605", ExitCode.InvalidInput, policy.Length == 0
            ? "nothing says who must have signed this image: no signature was checked"
            : $"{policy} accepts this image without a signature: none was checked")
        {
            Where = where,
            Hint = "demand one with sigstoreSigned in policy.json",
        }.AsWarning();
}
