using ImageFactory.Model;

namespace ImageFactory.Assembly.Bases.Debian.Unpacked;

/// <summary>What can go wrong where packages are unpacked and not installed (IFA501 to IFA509).</summary>
internal static class UnpackingFaults
{
    public static Fault NoPackage(string package, string why) =>
        new("IFA501", ExitCode.InvalidInput, $"this is no Debian package: {why}") { Where = package, Hint = "use another mirror, or './build.sh lock' for a new list" };

    public static Fault NoKernel(string kernel, int found) =>
        new("IFA502", ExitCode.InvalidInput, $"the packages hold {found} kernels in /boot, and exactly one is needed")
        {
            Where = kernel,
            Hint = "name one kernel package in base.kernel, such as linux-image-s390x, and none in base.packages",
        };

    public static Fault NoModule(string module, string version) =>
        new("IFA503", ExitCode.InvalidInput, $"kernel {version} has no module '{module}'") { Hint = "correct base.initrd.drivers" };

    public static Fault DracutModules() =>
        new("IFA504", ExitCode.InvalidInput, "dracut modules are named, but the initrd for another machine is packed without dracut, which would have to run there")
        {
            Hint = "remove base.initrd.modules; base.initrd.drivers adds kernel drivers",
        };

    public static Fault SystemUser(string file, string line, string why) =>
        new("IFA505", ExitCode.InvalidInput, $"a system account cannot be made: {why}") { Where = file, Detail = line, Hint = "leave the package out, or replace the file by system.files" };
}
