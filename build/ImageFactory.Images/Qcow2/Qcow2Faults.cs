using ImageFactory.Model;

namespace ImageFactory.Images.Qcow2;

internal static class Qcow2Faults
{
    public static Fault Refused(string file, string what, string hint) =>
        new("IFI111", ExitCode.InvalidInput, $"the qcow2 image {what}, which is not read") { Where = file, Hint = hint };

    public static Fault Malformed(string file, long offset, string what) =>
        new("IFI112", ExitCode.InvalidInput, $"not a sound qcow2 image: {what}")
        {
            Where = Place.At(file, offset),
            Hint = "the file may be cut or its download incomplete: compare its digest with the publisher's, or run qemu-img check",
        };

    public static Fault BadCluster(string file, long offset, long guestOffset) =>
        new("IFI113", ExitCode.InvalidInput, $"the compressed cluster for disk offset 0x{guestOffset:x} cannot be decompressed")
        {
            Where = Place.At(file, offset),
            Hint = "the file is damaged: compare its digest with the publisher's, or run qemu-img check",
        };
}
