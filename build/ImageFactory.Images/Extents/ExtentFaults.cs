using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.Images.Extents;

internal static class ExtentFaults
{
    public static Fault CannotOpen(string file, string reason) =>
        new("IFI101", ExitCode.MissingInput, "the disk image cannot be opened")
        {
            Where = file,
            Detail = reason,
            Hint = "check the path and that the file may be read by this user",
        };

    public static Fault CannotRead(string file, long offset, string reason) =>
        new("IFI102", ExitCode.MissingInput, "the disk image cannot be read")
        {
            Where = Place.At(file, offset),
            Detail = reason,
            Hint = "check the storage the file is on, or copy the image anew",
        };

    public static Fault Shrunk(string file, long offset, long expected) =>
        new("IFI103", ExitCode.MissingInput, string.Create(CultureInfo.InvariantCulture, $"the file ends before its {expected} bytes: it was cut while it was read"))
        {
            Where = Place.At(file, offset),
            Hint = "make sure that nothing writes to the image during the build",
        };

    public static Fault UnreadVhd(string file, uint type) =>
        new("IFI104", ExitCode.InvalidInput, $"the image is a VHD of type {type}; only fixed (2) and dynamic (3) ones are read")
        {
            Where = file,
            Hint = "convert it first: qemu-img convert -O raw",
        };

    public static Fault BadVhdFooter(string file, string what) =>
        new("IFI105", ExitCode.InvalidInput, $"the VHD footer is wrong: {what}")
        {
            Where = file,
            Hint = "the download may be incomplete: compare its digest with the publisher's",
        };

    public static Fault BadDynamicVhd(string file, long offset, string what) =>
        new("IFI107", ExitCode.InvalidInput, $"not a sound dynamic VHD: {what}")
        {
            Where = Place.At(file, offset),
            Hint = "the download may be incomplete: compare its digest with the publisher's",
        };

    public static Fault UnknownFormat(string file, string format) =>
        new("IFI106", ExitCode.InvalidInput, $"the image is in the format {format}, which is not read")
        {
            Where = file,
            Hint = "convert it first: qemu-img convert -O qcow2",
        };
}
