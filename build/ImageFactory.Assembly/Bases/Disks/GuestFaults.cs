using ImageFactory.Model;
using LibGuestFs.Net;

namespace ImageFactory.Assembly.Bases.Disks;

/// <summary>Faults of libguestfs and of the systems that it finds.</summary>
internal static class GuestFaults
{
    public static Fault NoLibrary(GuestFsMissingException missing) =>
        new("IFL101", ExitCode.Unavailable, $"a base that is a disk needs libguestfs: {missing.Reason}") { Hint = $"run: {missing.InstallCommand}" };

    public static Fault NotStarted(GuestFsException failure) =>
        new("IFL102", ExitCode.Unavailable, $"the appliance of libguestfs did not start: {failure.Reason}")
        {
            Hint = "it needs QEMU, supermin and an installed kernel that may be read; libguestfs-test-tool shows more",
        };

    public static Fault Failed(string disk, GuestFsException failure) =>
        new("IFL201", ExitCode.InvalidInput, $"libguestfs could not do '{failure.Operation}': {failure.Reason}")
        {
            Where = disk,
            Hint = "the disk may be damaged (compare its digest with the publisher's), or full",
        };

    public static Fault NoSystem(string disk) =>
        new("IFQ101", ExitCode.InvalidInput, "no Linux system was found on the disk")
        {
            Where = disk,
            Hint = "name an image that boots; an encrypted one must be opened first",
        };

    public static Fault SeveralSystems(string disk, IEnumerable<string> found) =>
        new("IFQ102", ExitCode.InvalidInput, $"several systems are on the disk: {string.Join(", ", found)}")
        {
            Where = disk,
            Hint = "name an image with one system",
        };

    public static Fault OtherArchitecture(string disk, string found, string wanted) =>
        new("IFQ103", ExitCode.InvalidInput, $"the system on the disk is for {found}, the recipe for {wanted}")
        {
            Where = disk,
            Hint = "set 'architecture', or name the image for that machine",
        };

    public static Fault NoKernel(string disk) =>
        new("IFQ104", ExitCode.InvalidInput, "the system has no kernel with modules: neither /boot/vmlinuz-VERSION nor /usr/lib/modules/VERSION/vmlinuz")
        {
            Where = disk,
            Hint = "install one with 'base.guest.packages'; a system that only has a UKI boots with 'base.guest.boot: vendor-uki'",
        };

    public static Fault NoDracut(string disk) =>
        new("IFQ105", ExitCode.InvalidInput, "the system has no dracut, which makes the initrd that opens a verified root")
        {
            Where = disk,
            Hint = "add dracut to 'base.guest.packages' (with 'base.guest.network: true')",
        };

    public static Fault NoUki(string disk) =>
        new("IFQ106", ExitCode.InvalidInput, "no UKI was found on the EFI system partition")
        {
            Where = disk,
            Hint = "set 'base.guest.boot: kernel', or install the vendor's package (kernel-uki-virt) with 'base.guest.packages'",
        };

    public static Fault SeveralUkis(string disk, IEnumerable<string> found) =>
        new("IFQ107", ExitCode.InvalidInput, $"several UKIs are on the EFI system partition: {string.Join(", ", found)}")
        {
            Where = disk,
            Hint = "remove all but one with 'base.guest.removePackages': which one boots must not be open",
        };

    public static Fault NoPackageManager(string disk, string found) =>
        new("IFQ108", ExitCode.InvalidInput, $"packages cannot be installed or removed: the system's package manager is '{found}', not apt, dnf or yum")
        {
            Where = disk,
            Hint = "leave out 'base.guest.packages' and 'base.guest.removePackages'",
        };

    public static Fault PackagesFailed(string disk, string said) =>
        new("IFQ109", ExitCode.Unavailable, $"the system's package manager failed: {said}")
        {
            Where = disk,
            Hint = "check the names, that the image's repositories can be reached from here, and that a subscription is not needed",
        };

    public static Fault Offline(string what) =>
        new("IFQ110", ExitCode.Unavailable, $"{what} needs the network, and the build is offline") { Hint = "run it once without --offline; the result is kept" };

    public static Fault ForeignPrograms(string disk, string architecture) =>
        new("IFQ111", ExitCode.InvalidInput, $"programs of the system cannot run here: it is for {architecture}")
        {
            Where = disk,
            Hint = "build on a machine of that architecture",
        };

    public static Fault NotMounted(string disk, GuestFsException failure) =>
        new("IFQ112", ExitCode.InvalidInput, $"a file system of the system could not be mounted: {failure.Reason}")
        {
            Where = disk,
            Hint = "its files would be missing in the image: mend /etc/fstab in the base",
        };

    public static Fault NoBootEntries() =>
        new("IFQ120", ExitCode.InvalidInput, "kernel arguments cannot be set: the disk has neither boot loader entries nor a grub.cfg")
        {
            Hint = "leave out 'system.kernelArguments', or convert the disk with 'disk.integrity: verity'",
        };

    public static Fault LoaderOfZ() =>
        new("IFQ121", ExitCode.InvalidInput, "kernel arguments of an s390x disk that is kept cannot be set: its loader (zipl) has them in places that only the guest can write")
        {
            Hint = "set 'system.kernelArguments: []'",
        };

    public static Fault MeasuredUnverified() =>
        new Fault("IFQ130", ExitCode.InvalidInput, "the disk keeps its own layout: grub decides what is measured, and no reference values are verified for it")
        {
            Hint = "'disk.integrity: verity' makes a measured disk of the same system",
        }.AsWarning();
}
