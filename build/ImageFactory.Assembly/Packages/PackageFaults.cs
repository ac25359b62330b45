using ImageFactory.Model;

namespace ImageFactory.Assembly.Packages;

internal static class PackageFaults
{
    public static Fault BadLock(string where, string why) =>
        new("IFA401", ExitCode.InvalidInput, $"the lock file cannot be read: {why}")
        {
            Where = where,
            Hint = "make it anew with './build.sh lock'",
        };

    public static Fault StaleLock(string where, PackageRequest locked, PackageRequest wanted) =>
        new("IFA402", ExitCode.InvalidInput, "the lock file answers another question than the recipe asks")
        {
            Where = where,
            Detail = $"locked: {locked.Line}\nrecipe: {wanted.Line}",
            Hint = "run './build.sh lock' and commit the result, or undo the change of the recipe",
        };

    public static Fault NoLock(string where) =>
        new("IFA403", ExitCode.MissingInput, "--locked was asked for, but there is no lock file")
        {
            Where = where,
            Hint = "make it with './build.sh lock' and commit it",
        };

    public static Fault Offline(string what) =>
        new("IFA404", ExitCode.Unavailable, $"{what} is needed from the package mirror, but --offline was asked for")
        {
            Hint = "run once without --offline; the store keeps what was fetched",
        };

    public static Fault NotResolved(string detail, string? where) =>
        new("IFA405", ExitCode.InvalidInput, "the packages of the recipe cannot be had together from its archives")
        {
            Where = where,
            Detail = detail,
            Hint = "check the names in base.packages and base.kernel, and the suite",
        };

    public static Fault NoIndex(string detail, string mirrors) =>
        new("IFA406", ExitCode.Unavailable, $"the package index could not be fetched from {mirrors}")
        {
            Detail = detail,
            Hint = "check base.mirror and the network (a proxy set for apt or in http_proxy is used), or build with a lock file and a filled store",
        };

    public static Fault NotFetched(string detail, int count) =>
        new("IFA407", ExitCode.Unavailable, $"{count} packages could not be fetched")
        {
            Detail = detail,
            Hint = "a lock file names versions that the mirror no longer has after an update: run './build.sh lock', or use a mirror that keeps them",
        };

    public static Fault WrongDigest(LockedPackage package, Sha256 found) =>
        new("IFA408", ExitCode.InvalidInput, $"package {package.Name} {package.Version} is not the one that was locked: SHA-256 {found}, expected {package.Sha256}")
        {
            Where = package.Path,
            Hint = "the mirror gave other bytes than its index says: use another mirror",
        };

    public static Fault NoKeyring(string path) =>
        new("IFA409", ExitCode.Configuration, "the keyring with the archive's public keys is not there, and packages are not taken unverified")
        {
            Where = path,
            Hint = "install debian-archive-keyring (Debian, Ubuntu) or debian-keyring (Fedora), or name a keyring in base.keyring",
        };

    public static Fault NoMirror(string key, string where) =>
        new("IFA411", ExitCode.Configuration, $"{key} is not set, and this host has no Debian mirror of its own to take instead")
        {
            Where = where,
            Hint = $"set {key} in the recipe (or with --set) to the address of a mirror; https://www.debian.org/mirror/list names them",
        };
}
