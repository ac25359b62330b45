using System.Globalization;
using System.Text;

namespace ImageFactory.Assembly.Tests.Payload;

/// <summary>Makes archives that no decent program would make, byte by byte after POSIX.1-2001.</summary>
internal sealed class TarMaker
{
    private readonly List<byte> bytes = [];

    public TarMaker File(string name, string text = "x", int mode = 420) => Entry('0', name, Encoding.UTF8.GetBytes(text), mode: mode);

    public TarMaker Folder(string name, int mode = 493) => Entry('5', name, [], mode: mode);

    public TarMaker SymbolicLink(string name, string target) => Entry('2', name, [], link: target);

    public TarMaker HardLink(string name, string target) => Entry('1', name, [], link: target);

    public TarMaker Pax(params (string Key, string Value)[] records) => Pax('x', records);

    public TarMaker Pax(char type, params (string Key, string Value)[] records)
    {
        StringBuilder body = new();
        foreach ((string key, string value) in records)
        {
            int rest = Encoding.UTF8.GetByteCount($" {key}={value}\n");
            int length = rest + 1;
            while (length != rest + length.ToString(CultureInfo.InvariantCulture).Length)
                length = rest + length.ToString(CultureInfo.InvariantCulture).Length;
            body.Append(CultureInfo.InvariantCulture, $"{length} {key}={value}\n");
        }

        return Entry(type, "PaxHeader", Encoding.UTF8.GetBytes(body.ToString()));
    }

    /// <param name="type">The type byte.</param>
    /// <param name="name">At most 100 bytes.</param>
    /// <param name="content">Follows the header, padded.</param>
    /// <param name="size">What the header says; the content's length when left out.</param>
    /// <param name="sizeField">The whole size field, when it is to be no octal number.</param>
    public TarMaker Entry(char type, string name, byte[] content, string link = "", int mode = 420, long? size = null, byte[]? sizeField = null, long uid = 1000)
    {
        byte[] header = new byte[512];
        Encoding.UTF8.GetBytes(name).CopyTo(header, 0);
        Octal(header.AsSpan(100, 8), mode);
        Octal(header.AsSpan(108, 8), uid);
        Octal(header.AsSpan(116, 8), 1000);
        Octal(header.AsSpan(124, 12), size ?? content.Length);
        sizeField?.CopyTo(header, 124);
        Octal(header.AsSpan(136, 12), 1_600_000_000);
        header[156] = (byte)type;
        Encoding.UTF8.GetBytes(link).CopyTo(header, 157);
        "ustar\0"u8.CopyTo(header.AsSpan(257));
        "00"u8.CopyTo(header.AsSpan(263));
        header.AsSpan(148, 8).Fill((byte)' ');
        Octal(header.AsSpan(148, 7), header.Sum(b => b));
        bytes.AddRange(header);
        bytes.AddRange(content);
        bytes.AddRange(new byte[(512 - (content.Length % 512)) % 512]);
        return this;
    }

    public byte[] WithoutEnd() => [.. bytes];

    public byte[] ToArray() => [.. bytes, .. new byte[1024]];

    private static void Octal(Span<byte> field, long value)
    {
        string digits = Convert.ToString(value, 8).PadLeft(field.Length - 1, '0');
        Encoding.ASCII.GetBytes(digits).CopyTo(field);
        field[digits.Length] = 0;
    }
}
