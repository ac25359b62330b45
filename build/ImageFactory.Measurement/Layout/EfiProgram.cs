using ImageFactory.Images.Extents;
using ImageFactory.Images.Uki;

namespace ImageFactory.Measurement.Layout;

/// <summary>An EFI program on the EFI system partition.</summary>
/// <param name="Path">With backslashes, names as stored: <c>\EFI\BOOT\BOOTX64.EFI</c>.</param>
internal sealed record EfiProgram(string Path, ProgramKind Kind, IExtentSource File, UkiFile Content)
{
    public string Name => Path[(Path.LastIndexOf('\\') + 1)..];
}

internal enum ProgramKind
{
    Unknown,
    Uki,
    SystemdBoot,
    Shim,
    Grub,
}
