namespace ImageFactory.Assembly.Comparison;

/// <summary>A place where two disks are not the same.</summary>
/// <param name="Place">As in <c>partition 1 (esp), /EFI/BOOT/BOOTX64.EFI, section .cmdline</c>.</param>
/// <param name="What">How they differ there, in one line.</param>
public sealed record DiskDifference(string Place, string What);
