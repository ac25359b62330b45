namespace ImageFactory.Images.Uki;

/// <summary>What goes into a unified kernel image. Paths are of files; the texts are stored as UTF-8 without a terminating NUL.</summary>
/// <param name="Stub">systemd-stub, unsigned: <c>linuxx64.efi.stub</c>.</param>
/// <param name="Linux">The kernel: a bzImage with EFI stub.</param>
/// <param name="Initrd">The initrd, compressed as the kernel can read it.</param>
/// <param name="OsRelease">The text of /etc/os-release.</param>
/// <param name="CommandLine">The kernel command line, with <c>roothash=</c> when the root is verified.</param>
/// <param name="KernelRelease">What <c>uname -r</c> will say; goes into <c>.uname</c>.</param>
public sealed record UkiContent(string Stub, string Linux, string Initrd, string OsRelease, string CommandLine, string KernelRelease);
