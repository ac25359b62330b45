using ImageFactory.Model;

namespace ImageFactory.Registry.Configuration;

/// <summary>What is wrong with what this machine says of registries.</summary>
internal static class ConfigurationFaults
{
    public static Fault Unreadable(string path, string problem) =>
        new("IFO201", ExitCode.Configuration, $"the file cannot be read: {problem}")
        {
            Where = path,
            Hint = "make it readable for the user who builds, or remove it",
        };

    public static Fault BadRegistries(string path, string problem) =>
        new("IFO202", ExitCode.Configuration, $"the list of registries is wrong: {problem}")
        {
            Where = path,
            Hint = "containers-registries.conf(5) has its form",
        };

    public static Fault Blocked(string reference, string prefix) =>
        new("IFO203", ExitCode.NotPermitted, $"images of '{prefix}' are blocked on this machine")
        {
            Where = reference,
            Hint = "registries.conf blocks them; take the image from elsewhere, or lift the block",
        };

    public static Fault BadAuthFile(string path, string problem) =>
        new("IFO204", ExitCode.Configuration, $"the file with credentials is wrong: {problem}")
        {
            Where = path,
            Hint = "make it again with podman login or docker login",
        };

    public static Fault CredentialHelper(string path, string registry, string helper) =>
        new("IFO205", ExitCode.Configuration, $"the credentials of {registry} are kept by the program docker-credential-{helper}, which is not asked")
        {
            Where = path,
            Hint = $"write them to a file instead: podman login --authfile FILE {registry}, and name it in REGISTRY_AUTH_FILE",
        };

    public static Fault BadCertificate(string path, string problem) =>
        new("IFO206", ExitCode.Configuration, $"the certificate cannot be used: {problem}")
        {
            Where = path,
            Hint = "certificates and keys are PEM files; a client certificate X.cert has its key beside it in X.key",
        };

    public static Fault BadPolicy(string path, string problem) =>
        new("IFO207", ExitCode.Configuration, $"the signature policy is wrong: {problem}")
        {
            Where = path,
            Hint = "containers-policy.json(5) has its form",
        };
}
