using ImageFactory.Model;

namespace ImageFactory.Assembly.Disk.S390x;

/// <summary>What can go wrong with disks for s390x (IFA511 to IFA519).</summary>
internal static class S390xFaults
{
    public static Fault NoLoader(string file, string where) =>
        new("IFA511", ExitCode.MissingInput, $"the boot loader {file} is not there")
        {
            Where = where,
            Hint = "it is in the s390x package s390-tools: of Debian sid (2.40 or later) for Secure Execution, also of RHEL, Fedora and Ubuntu; leave secureExecution.loaders out to have Debian's unpacked",
        };

    public static Fault NoKeys(string folder, string why) =>
        new("IFA512", ExitCode.CannotWrite, $"the owner's keys cannot be written: {why}") { Where = folder, Hint = "name a folder that may be written in secureExecution.keys" };
}
