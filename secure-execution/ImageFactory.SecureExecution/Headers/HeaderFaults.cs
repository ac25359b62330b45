using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.SecureExecution.Headers;

/// <summary>Faults about an SE header as found in a file (IFS401 to IFS419).</summary>
internal static class HeaderFaults
{
    private const string Damaged = "the image is damaged or was made by a tool that this version does not know: build it again";

    public static Fault NoHeader(string where) => Invalid(
        "IFS401",
        where,
        "there is no Secure Execution header",
        "give an se.img, an extracted header, or a disk whose boot partition holds /se.img");

    public static Fault UnknownVersion(string where, uint version) => Invalid(
        "IFS402",
        where,
        string.Create(CultureInfo.InvariantCulture, $"the header has version 0x{version:x}; only 0x100 is defined"),
        Damaged);

    public static Fault ImpossibleSize(string where, uint size) => Invalid(
        "IFS403",
        where,
        $"the header says that it has {size} bytes; possible are 640 to 8192",
        Damaged);

    public static Fault Truncated(string where, int size, long available) => Invalid(
        "IFS404",
        where,
        $"the header has {size} bytes, but only {available} are there",
        "the file is cut off: copy it again");

    public static Fault SlotsAndSizeDisagree(string where, ulong slots, int size) => Invalid(
        "IFS405",
        where,
        $"the header names {slots} key slots, which does not fit its size of {size} bytes",
        Damaged);

    public static Fault WrongSecretSize(string where, ulong size) => Invalid(
        "IFS406",
        where,
        $"the header's encrypted area has {size} bytes; 128 are defined",
        Damaged);

    public static Fault WrongHeaderKey(string where) => Invalid(
        "IFS407",
        where,
        "the header cannot be opened: it is not authentic, or the header key is another image's",
        "give the header key that this image was made with (32 bytes)");

    public static Fault OptionalItems(string where, uint count) => Invalid(
        "IFS408",
        where,
        $"the encrypted area names {count} optional items; none are defined",
        Damaged);

    public static Fault BadCustomerKey(string where) => Invalid(
        "IFS409",
        where,
        "the customer key in the header is not a point of P-521",
        Damaged);

    private static Fault Invalid(string code, string where, string message, string hint) =>
        new(code, ExitCode.InvalidInput, message) { Where = where, Hint = hint };
}
