using System.Security.Cryptography;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Pe;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.References;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Measurement.Firmware;

/// <summary>
/// RTMR 1 and 2 of a TDX machine whose host gives it kernel, initrd and command line, and the two digests that Trustee's default policy
/// asks for (specification of the measurements, 10.4). The kernel counts as the file is: hosts that patch its header before they hand it
/// over (QEMU before its TDX fix) give a register 1 that depends on memory and initrd size, which is not computed.
/// </summary>
internal static class TdxDirectBoot
{
    /// <summary>The firmware adds this to the command line when it has an initrd.</summary>
    private const string InitrdArgument = " initrd=initrd";

    /// <exception cref="FactoryException">IFI3xx: the kernel is no sound PE file. The files can be read: <see cref="DirectBoot.Read"/> saw to it.</exception>
    public static IEnumerable<ReferenceValue> Of(DirectBootSettings boot)
    {
        string kernel = KernelDigest(boot.Kernel.FullPath);
        string parameters = Digest(BankDigests.OfUtf16(boot.CommandLine + (boot.Initrd is null ? "" : InitrdArgument)));
        string[] start = [kernel, Text("Calling EFI Application from Boot Option")];
        string[] end = [Text("Exit Boot Services Invocation"), Text("Exit Boot Services Returned with Success")];

        // Whether the firmware adds the separator differs.
        yield return new ReferenceValue("rtmr_1", [Fold([.. start, .. end]), Fold([.. start, Digest(BankDigests.Of(new byte[4])), .. end])]);
        yield return new ReferenceValue("rtmr_2", [Fold(boot.Initrd is { } initrd ? [parameters, FileDigest(initrd.FullPath)] : [parameters])]);
        yield return new ReferenceValue("tdvfkernel", [kernel]);
        yield return new ReferenceValue("tdvfkernelparams", [parameters]);
    }

    private static string KernelDigest(string path)
    {
        using IExtentSource file = RawFileSource.Open(path);
        return Convert.ToHexStringLower(PeFile.Read(file).AuthenticodeDigest(HashAlgorithmName.SHA384));
    }

    private static string FileDigest(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA384.HashData(file));
    }

    private static string Text(string action) => Digest(BankDigests.OfAscii(action));

    private static string Digest(BankDigests digests) => digests[Bank.Sha384];

    private static string Fold(IEnumerable<string> digests) =>
        digests.Aggregate(BankDigests.Zero, (value, digest) => value.Extend(new BankDigests(null, digest)))[Bank.Sha384];
}
