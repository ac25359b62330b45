namespace LibGuestFs.Net;

/// <summary>An operating system that was found on the disks.</summary>
/// <param name="Root">The device with its root file system.</param>
/// <param name="Type"><c>linux</c>, <c>windows</c>, …</param>
/// <param name="Distribution"><c>debian</c>, <c>rhel</c>, <c>centos</c>, <c>fedora</c>, …</param>
/// <param name="Product">Its name for people.</param>
/// <param name="Architecture"><c>x86_64</c>, <c>s390x</c>, <c>aarch64</c>, …, from its programs.</param>
/// <param name="PackageManagement"><c>apt</c>, <c>dnf</c>, <c>yum</c>, …</param>
/// <param name="MountPoints">Folder → device, from its /etc/fstab; at least <c>/</c>.</param>
public sealed record GuestSystem(
    string Root,
    string Type,
    string Distribution,
    string Product,
    Version Version,
    string Architecture,
    string PackageManagement,
    IReadOnlyDictionary<string, string> MountPoints);
