using System.Globalization;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Format;

namespace ImageFactory.SecureExecution.Unpack;

/// <summary>What a machine would refuse, or what does not fit the inputs (IFS501 to IFS529). Each names the part.</summary>
internal static class UnpackFaults
{
    private const string Rebuild = "the image was changed or damaged after it was built: build it again, or copy it again";

    public static Fault ShortPsw(string where) => Invalid("IFS501", where, "the start PSW at address 0 is not the one of an SE image");

    public static Fault NotZero(string where, long address) => Invalid("IFS502", where, $"the byte at {Hex(address)} belongs to no part and must be zero");

    public static Fault Stage3aArgumentsMissing(string where) => Invalid("IFS503", where, "stage3a does not name this header and an IPIB");

    public static Fault Stage3aChanged(string where, long address) => Invalid("IFS504", where, $"stage3a differs from the loader's file at {Hex(address)}");

    public static Fault MetadataDisagree(string where) => Invalid("IFS505", where, "the metadata at 0xc000 name another IPIB than stage3a");

    public static Fault BadIpib(string where, long address) => Invalid("IFS506", where, $"there is no valid IPIB at {Hex(address)}");

    public static Fault IpibHeader(string where) => Invalid("IFS507", where, "the IPIB names another SE header than the one in the image");

    public static Fault ComponentPlaces(string where) => Invalid("IFS508", where, "the components in the IPIB do not follow each other from the page after the header to the IPIB");

    public static Fault TrailingBytes(string where, long end, long length) =>
        Invalid("IFS509", where, $"the IPIB ends at {Hex(end)}, but the file at {Hex(length)}");

    public static Fault NoSlot(string where, Sha256 phkh) => Invalid("IFS510", where, $"no key slot is for the host key {phkh.Hex} (a machine reports 0x0108, reason 0x05)") with
    {
        Hint = "build the image with the HKD of this machine",
    };

    public static Fault BadSlot(string where, Sha256 phkh) => Invalid("IFS511", where, $"the key slot of {phkh.Hex} cannot be unwrapped: the slot or the customer key is wrong");

    public static Fault PageCount(string where, ulong stated, ulong found) =>
        Invalid("IFS512", where, $"the header counts {stated} component pages, the IPIB {found} (a machine reports 0x0102, reason 0x1d)");

    public static Fault PageDigest(string where) => Invalid("IFS513", where, "the components' content is not the one in the header (PLD; a machine reports 0x0102, reason 0x1b)");

    public static Fault AddressDigest(string where) => Invalid("IFS514", where, "the components' addresses are not those in the header (ALD; a machine reports 0x0102, reason 0x1a)");

    public static Fault TweakDigest(string where) => Invalid("IFS515", where, "the components' tweaks are not those in the header (TLD; a machine reports 0x0102, reason 0x1c)");

    public static Fault WrongPsw(string where, ulong address, long stage3b) =>
        Invalid("IFS516", where, $"the machine would start at {Hex((long)address)}, but stage3b is at {Hex(stage3b)}") with { Hint = "build without an own start address" };

    public static Fault Stage3bArguments(string where) => Invalid("IFS517", where, "the arguments of stage3b do not fit the components in the IPIB");

    public static Fault Stage3bChanged(string where, long offset) => Invalid("IFS518", where, $"stage3b differs from the loader's file at offset {offset}");

    public static Fault ComponentDiffers(string where, ComponentKind kind, string input, long offset) => Invalid(
        "IFS519",
        where,
        $"the {Name(kind)} in the image differs from {input} at offset {offset}") with
    {
        Hint = "the image was made from other inputs, or was changed: build it again",
    };

    public static Fault ComponentMissing(string where, ComponentKind kind, string input) => Invalid("IFS520", where, $"the image has no {Name(kind)}, but {input} was to be in it");

    public static Fault ComponentUnexpected(string where, ComponentKind kind) => Invalid("IFS521", where, $"the image has a {Name(kind)} that was not to be in it");

    public static Fault ImageKeyDiffers(string where) => Invalid("IFS522", where, "the image key in the header is not the given one") with
    {
        Hint = "give the image key of this very image, or none: the header key is enough",
    };

    public static Fault PlaintextTail(string where, ComponentKind kind) => Invalid("IFS523", where, $"the last page of the {Name(kind)} is not filled with zeros");

    public static Fault HeaderAlone(string where) => Invalid("IFS524", where, "this is a header alone: there is nothing to unpack") with { Hint = "give the whole image" };

    public static Fault UnequalKeyHalves(string where) => Invalid("IFS525", where, "the two halves of the image key in the header are equal");

    public static string Name(ComponentKind kind) => kind switch
    {
        ComponentKind.Kernel => "kernel",
        ComponentKind.Ramdisk => "ramdisk",
        ComponentKind.CommandLine => "command line",
        _ => "stage3b",
    };

    private static string Hex(long value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");

    private static Fault Invalid(string code, string where, string message) => new(code, ExitCode.InvalidInput, message) { Where = where, Hint = Rebuild };
}
