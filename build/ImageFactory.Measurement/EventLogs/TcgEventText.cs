using System.Buffers.Binary;
using System.Text;
using ImageFactory.Measurement.Events;

namespace ImageFactory.Measurement.EventLogs;

/// <summary>Says in words what an event is about, from the data beside its digest. Nothing is believed because of it: it is for people.</summary>
public static class TcgEventText
{
    private const int Longest = 300;

    /// <summary>The name of the section, file, variable or action; empty when the data say nothing that a person could read.</summary>
    public static string Of(TcgEvent entry)
    {
        ReadOnlySpan<byte> data = entry.Data.Span;
        string text = entry.Type switch
        {
            TcgEventType.Separator => "separator",
            TcgEventType.Action or TcgEventType.EfiAction or TcgEventType.NoAction or TcgEventType.OmitBootDeviceEvents => Ascii(data),
            TcgEventType.Ipl or TcgEventType.CrtmVersion => AnyText(data),
            TcgEventType.EventTag => Tagged(data),
            TcgEventType.EfiGptEvent => "partition table",
            TcgEventType.EfiVariableDriverConfig or TcgEventType.EfiVariableBoot or TcgEventType.EfiVariableBoot2 or TcgEventType.EfiVariableAuthority => Variable(data),
            TcgEventType.EfiBootServicesApplication or TcgEventType.EfiBootServicesDriver or TcgEventType.EfiRuntimeServicesDriver => DevicePath(data),
            _ => "",
        };
        return text.Length > Longest ? text[..Longest] + "…" : text;
    }

    /// <summary>systemd's stub writes UTF-16, shim and grub write ASCII, both usually with a NUL at the end.</summary>
    private static string AnyText(ReadOnlySpan<byte> data) =>
        data.Length >= 2 && data.Length % 2 == 0 && data[1] == 0 ? Utf16(data) : Ascii(data);

    private static string Ascii(ReadOnlySpan<byte> data) => Clean(Encoding.Latin1.GetString(data.TrimEnd((byte)0)));

    private static string Utf16(ReadOnlySpan<byte> data) => Clean(Encoding.Unicode.GetString(data).TrimEnd('\0'));

    /// <summary><c>u32 tag, u32 size, data</c>; the data of Linux and systemd-boot are text.</summary>
    private static string Tagged(ReadOnlySpan<byte> data)
    {
        if (data.Length < 8)
            return "";
        uint tag = BinaryPrimitives.ReadUInt32LittleEndian(data);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
        string text = AnyText(data[8..(int)Math.Min(data.Length, 8L + size)]);
        return text.Length > 0 ? text : $"tag 0x{tag:x8}";
    }

    /// <summary><c>16 bytes GUID, u64 characters of the name, u64 bytes of the value, name, value</c>.</summary>
    private static string Variable(ReadOnlySpan<byte> data)
    {
        if (data.Length < 32)
            return "";
        ulong characters = BinaryPrimitives.ReadUInt64LittleEndian(data[16..]);
        return characters <= (ulong)(data.Length - 32) / 2 ? "variable " + Utf16(data.Slice(32, (int)characters * 2)) : "";
    }

    /// <summary>
    /// <c>u64 address, u64 size, u64 link time address, u64 size of the path, path</c>. Of the path, the file names are shown: nodes
    /// (<c>u8 type, u8 subtype, u16 size</c>) of type 4, subtype 4 (UEFI 10.3.5.4).
    /// </summary>
    private static string DevicePath(ReadOnlySpan<byte> data)
    {
        if (data.Length < 32)
            return "";
        ReadOnlySpan<byte> path = data[32..];
        StringBuilder files = new();
        while (path.Length >= 4)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(path[2..]);
            if (size < 4 || size > path.Length || path[0] == 0x7f)
                break;
            if (path[0] == 4 && path[1] == 4)
                files.Append(files.Length > 0 && files[^1] != '\\' ? "\\" : "").Append(Utf16(path[4..size]));
            path = path[size..];
        }

        return files.Length > 0 ? files.ToString() : "image in memory";
    }

    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '.' : c));
}
