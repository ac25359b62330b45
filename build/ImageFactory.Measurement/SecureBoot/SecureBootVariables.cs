using System.Buffers.Binary;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.SecureBoot;

/// <summary>
/// Events of PCR 7 (TCG PC Client Platform Firmware Profile, UEFI_VARIABLE_DATA): the digest is over
/// <c>GUID (16) | characters of the name (8) | bytes of the data (8) | name in UTF-16LE without NUL | data</c>, little-endian.
/// A certificate is a signature list (UEFI specification, EFI_SIGNATURE_LIST):
/// <c>GUID of X.509 (16) | size of the list (4) | 0 (4) | size of an entry (4) | owner GUID (16) | certificate in DER</c>.
/// </summary>
internal static class SecureBootVariables
{
    private const int ListHeader = 28;

    private static readonly Guid Global = new("8be4df61-93ca-11d2-aa0d-00e098032b8c");
    private static readonly Guid ImageSecurity = new("d719b2cb-3d3a-4596-a3bc-dad00e67656f");
    private static readonly Guid X509 = new("a5c059a1-94e4-4aa7-87b5-ab155c2bf072");

    /// <summary>What the firmware measures before it starts anything.</summary>
    public static IEnumerable<MeasuredEvent> Events(EnrolledKeys keys, bool secureBoot)
    {
        yield return Variable(TcgEventType.EfiVariableDriverConfig, Global, "SecureBoot", [(byte)(secureBoot ? 1 : 0)]);
        yield return Variable(TcgEventType.EfiVariableDriverConfig, Global, "PK", List(keys.Owner, keys.PlatformKey));
        yield return Variable(TcgEventType.EfiVariableDriverConfig, Global, "KEK", [.. keys.KeyExchangeKeys.SelectMany(k => List(keys.Owner, k))]);
        yield return Variable(TcgEventType.EfiVariableDriverConfig, ImageSecurity, "db", [.. keys.Allowed.SelectMany(k => List(keys.Owner, k))]);
        yield return Variable(TcgEventType.EfiVariableDriverConfig, ImageSecurity, "dbx", keys.Forbidden.ToArray());
        yield return new MeasuredEvent
        {
            Register = Register.Pcr(7),
            Type = TcgEventType.Separator,
            Subject = EventSubject.Separator,
            What = "separator: the firmware hands over",
            Digest = BankDigests.Of(new byte[4]),
        };
    }

    /// <summary>What it measures when entries of db accept the programs of the boot: each entry once.</summary>
    public static IEnumerable<MeasuredEvent> Authorities(EnrolledKeys keys) =>
        (keys.Accepting ?? keys.Allowed).Select(certificate =>
            Variable(TcgEventType.EfiVariableAuthority, ImageSecurity, "db", [.. keys.Owner.ToByteArray(), .. certificate.RawData]));

    private static byte[] List(Guid owner, X509Certificate2 certificate)
    {
        byte[] der = certificate.RawData;
        byte[] list = new byte[ListHeader + 16 + der.Length];
        X509.TryWriteBytes(list, bigEndian: false, out _);
        BinaryPrimitives.WriteInt32LittleEndian(list.AsSpan(16), list.Length);
        BinaryPrimitives.WriteInt32LittleEndian(list.AsSpan(24), 16 + der.Length);
        owner.TryWriteBytes(list.AsSpan(ListHeader), bigEndian: false, out _);
        der.CopyTo(list, ListHeader + 16);
        return list;
    }

    private static MeasuredEvent Variable(TcgEventType type, Guid vendor, string name, byte[] data)
    {
        byte[] content = new byte[32 + (2 * name.Length) + data.Length];
        vendor.TryWriteBytes(content, bigEndian: false, out _);
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(16), name.Length);
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(24), data.Length);
        Encoding.Unicode.GetBytes(name, content.AsSpan(32));
        data.CopyTo(content, 32 + (2 * name.Length));
        return new MeasuredEvent
        {
            Register = Register.Pcr(7),
            Type = type,
            Subject = EventSubject.Variable,
            What = type == TcgEventType.EfiVariableAuthority ? $"entry of {name} that accepts the boot" : $"firmware variable {name}",
            Digest = BankDigests.Of(content),
        };
    }
}
