using ImageFactory.Model;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>Faults of files, access and accounts of the system inside.</summary>
internal static class SystemFaults
{
    public static Fault BadPath(string path, string problem) =>
        new("IFA320", ExitCode.InvalidInput, $"'{path}' is no absolute path inside the image: {problem}")
        {
            Hint = "write it from the root on, as /etc/example.conf",
        };

    public static Fault ContentOrSource(string path) =>
        new("IFA321", ExitCode.InvalidInput, $"{path} needs exactly one of content and source")
        {
            Hint = "give the text under content, or a file of this machine under source",
        };

    public static Fault BadMode(string path, string mode) =>
        new("IFA322", ExitCode.InvalidInput, $"'{mode}' is no mode for {path}")
        {
            Hint = "write three or four octal digits in quotes, as \"0644\"",
        };

    public static Fault SourceMissing(string source, string problem) =>
        new("IFA323", ExitCode.MissingInput, $"{source} cannot be read: {problem}")
        {
            Hint = "mend the path; it is relative to the recipe",
        };

    public static Fault CloudInitPresent(string path) =>
        new("IFA330", ExitCode.InvalidInput, $"the base has cloud-init ({path}), which lets the provider of the cloud change the guest")
        {
            Hint = "leave the package out of the base, or set cloudInit: restricted",
        };

    public static Fault SshEnabled(string unit) =>
        new("IFA340", ExitCode.InvalidInput, $"{unit} is started at boot although the recipe wants no ssh server")
        {
            Hint = $"list {unit} under system.units.mask, leave the package out, or set ssh: debug for a debug image",
        };

    public static Fault SshInstalled(string path) =>
        new Fault("IFA341", ExitCode.InvalidInput, $"an ssh server is installed ({path}), though nothing starts it")
        {
            Hint = "leave the package out of the base",
        }.AsWarning();

    public static Fault NoSshServer() =>
        new("IFA342", ExitCode.InvalidInput, "the recipe wants a debug image with ssh, but the base has no ssh server")
        {
            Hint = "add openssh-server to the packages of the base",
        };

    public static Fault NoKeys(string source, string problem) =>
        new("IFA343", ExitCode.InvalidInput, $"{source}: {problem}")
        {
            Hint = "give a file in the form of authorized_keys with at least one public key",
        };

    public static Fault SshDebug() =>
        new Fault("IFA344", ExitCode.InvalidInput, "this is a debug image: whoever holds a key can log in as root. It must not run confidential pods")
        {
            Hint = "set ssh: absent for an image that is used",
        }.AsWarning();

    public static Fault PasswordHash(string file, string user) =>
        new("IFA350", ExitCode.InvalidInput, $"user {user} has a password hash in {file}")
        {
            Hint = $"lock the account in the base or payload that brings it ({user}:!*:…)",
        };

    public static Fault NoPassword(string file, string user) =>
        new("IFA351", ExitCode.InvalidInput, $"user {user} can log in without a password ({file})")
        {
            Hint = $"lock the account in the base or payload that brings it ({user}:!*:…)",
        };
}
