namespace ImageFactory.Build.Doctor;

/// <summary>
/// The list of what the factory asks of its host. Image tools that a host may lack or have too old (erofs-utils, mtools, QEMU)
/// come from the tools tree that the factory makes itself and are not listed for a build.
/// </summary>
internal static class HostPrograms
{
    public static IReadOnlyList<HostProgram> All { get; } =
    [
        new("mmdebstrap", Need.Build, "mmdebstrap", "mmdebstrap"),
        new("apt-get", Need.Build, "apt", "apt"),
        new("dpkg-deb", Need.Build, "dpkg", "dpkg"),
        new("tar", Need.Build, "tar", "tar"),
        new("xz", Need.Build, "xz-utils", "xz"),
        new("zstd", Need.Build, "zstd", "zstd"),
        new("unshare", Need.Build, "util-linux", "util-linux"),
        new("setsid", Need.Build, "util-linux", "util-linux-core"),
        new("newuidmap", Need.Build, "uidmap", "shadow-utils") { OnlyWithoutRoot = true, VersionArgument = null },
        new("/usr/share/keyrings/debian-archive-keyring.gpg", Need.Build, "debian-archive-keyring", "debian-keyring"),
        new("libzstd.so.1", Need.Build, "libzstd1", "libzstd"),
        new("liblzma.so.5", Need.Build, "liblzma5", "xz-libs"),

        // Other programs' output is what the tests compare ours with.
        new("veritysetup", Need.Test, "cryptsetup-bin", "veritysetup"),
        new("qemu-img", Need.Test, "qemu-utils", "qemu-img"),
        new("mcopy", Need.Test, "mtools", "mtools"),
        new("mkfs.vfat", Need.Test, "dosfstools", "dosfstools") { VersionArgument = null },
        new("sgdisk", Need.Test, "gdisk", "gdisk"),
        new("sfdisk", Need.Test, "fdisk", "util-linux"),
        new("sbsign", Need.Test, "sbsigntool", "sbsigntools"),
        new("osslsigncode", Need.Test, "osslsigncode", "osslsigncode"),
        new("mkfs.erofs", Need.Test, "erofs-utils", "erofs-utils"),
        new("cpio", Need.Test, "cpio", "cpio"),
        new("/usr/lib/systemd/boot/efi/linuxx64.efi.stub", Need.Test, "systemd-boot-efi", "systemd-boot-unsigned"),
        new("/usr/lib/systemd/systemd-measure", Need.Test, "systemd", "systemd-udev"),

        // Bases of kind qcow2 need these too, and say so themselves.
        new("libguestfs.so.0", Need.Test, "libguestfs0", "libguestfs"),
        new("supermin", Need.Test, "supermin", "supermin"),
        new("qemu-system-x86_64", Need.Test, "qemu-system-x86", "qemu-kvm-core"),
        new("/boot/vmlinuz-*", Need.Test, "linux-image-cloud-amd64", "kernel-core"),
        new("swtpm", Need.Test, "swtpm", "swtpm"),
        new("matchpathcon", Need.Test, "selinux-utils", "libselinux-utils") { VersionArgument = null },
        new("/usr/bin/jsonschema", Need.Test, "python3-jsonschema", "python3-jsonschema"),
        // Makes the RPM packages and their database that the SBOM's tests read.
        new("rpmbuild", Need.Test, "rpm", "rpm-build"),
        new("chromium", Need.Test, "chromium", "chromium"),
        new("tpm2_pcrread", Need.Test, "tpm2-tools", "tpm2-tools"),
        // Takes images apart as the Job does.
        new("skopeo", Need.Test, "skopeo", "skopeo"),
        // Bases of kind bootc need podman, or Docker's engine, and say so themselves. busybox is what containers of tests are made of.
        new("podman", Need.Test, "podman", "podman"),
        new("runc", Need.Test, "runc", "runc"),
        new("busybox", Need.Test, "busybox-static", "busybox") { VersionArgument = null },
        // Run Azurite, which tests install for themselves.
        new("node", Need.Test, "nodejs", "nodejs"),
        new("npm", Need.Test, "npm", "npm"),
        new("libvirtd", Need.Test, "libvirt-daemon", "libvirt-daemon"),
        new("virsh", Need.Test, "libvirt-clients", "libvirt-client"),
        // Complete command lines, and judge the manual page. bash is there anyway.
        new("zsh", Need.Test, "zsh", "zsh"),
        new("fish", Need.Test, "fish", "fish"),
        new("mandoc", Need.Test, "mandoc", "mandoc") { VersionArgument = null },
        // A token in software, and what lets openssl use its keys.
        new("softhsm2-util", Need.Test, "softhsm2", "softhsm"),
        new("engines-3/pkcs11.so", Need.Test, "libengine-pkcs11-openssl", "openssl-pkcs11"),
    ];
}
