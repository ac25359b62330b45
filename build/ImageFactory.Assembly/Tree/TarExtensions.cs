using System.Globalization;
using System.Text;

namespace ImageFactory.Assembly.Tree;

/// <summary>What extended headers (PAX, GNU long names) say about the entry that follows them.</summary>
internal sealed class TarExtensions
{
    private readonly SortedDictionary<string, byte[]> xattrs = new(StringComparer.Ordinal);
    private readonly HashSet<string> keys = new(StringComparer.Ordinal);

    public bool IsEmpty => keys.Count == 0;

    public string? Name { get; private set; }

    public string? LinkName { get; private set; }

    public long? Size { get; private set; }

    public long? Uid { get; private set; }

    public long? Gid { get; private set; }

    public long? ModifiedAt { get; private set; }

    /// <summary>Where the content lies in another archive, as <see cref="TarFormat.ContentKey"/> has it.</summary>
    public (long Offset, long Size)? Elsewhere { get; private set; }

    public bool IsSparse { get; private set; }

    public bool HasAccessList { get; private set; }

    public IReadOnlyDictionary<string, byte[]> Xattrs => xattrs;

    public void SetLongName(ReadOnlySpan<byte> body)
    {
        Claim("path");
        Name = LongText(body);
    }

    public void SetLongLink(ReadOnlySpan<byte> body)
    {
        Claim("linkpath");
        LinkName = LongText(body);
    }

    public void AddPax(ReadOnlySpan<byte> body)
    {
        foreach ((string key, byte[] value) in Records(body))
        {
            // Twice the same key is read differently by different tools.
            Claim(key);
            Apply(key, value);
        }

        // An empty header still wants an entry after it.
        keys.Add("");
    }

    /// <summary>Global headers carry a comment (git archive writes its commit); anything that changes entries is refused.</summary>
    public static void CheckGlobal(ReadOnlySpan<byte> body)
    {
        foreach ((string key, _) in Records(body))
        {
            if (key != "comment")
                throw new FormatException($"it sets '{TarFaults.Shown(key)}' for all entries");
        }
    }

    private void Apply(string key, byte[] value)
    {
        switch (key)
        {
            case "path":
                Name = PathText(value);
                break;
            case "linkpath":
                LinkName = PathText(value);
                break;
            case "size":
                Size = Whole(key, value);
                break;
            case "uid":
                Uid = Whole(key, value);
                break;
            case "gid":
                Gid = Whole(key, value);
                break;
            case "mtime":
                ModifiedAt = Seconds(value);
                break;
            case TarFormat.ContentKey:
                int space = value.AsSpan().IndexOf((byte)' ');
                if (space < 1)
                    throw new FormatException($"'{key}' is no pair of numbers");
                Elsewhere = (Whole(key, value[..space]), Whole(key, value[(space + 1)..]));
                break;
            case "SCHILY.realsize":
                IsSparse = true;
                break;
            case "RHT.security.selinux":
                xattrs["security.selinux"] = value;
                break;
            default:
                if (key.StartsWith("GNU.sparse.", StringComparison.Ordinal))
                    IsSparse = true;
                else if (key.StartsWith("SCHILY.acl.", StringComparison.Ordinal))
                    HasAccessList = true;
                else if (key.StartsWith(TarFormat.XattrPrefix, StringComparison.Ordinal))
                    xattrs[key[TarFormat.XattrPrefix.Length..]] = value;
                break;
        }
    }

    private void Claim(string key)
    {
        if (!keys.Add(key))
            throw new FormatException($"'{TarFaults.Shown(key)}' is given twice");
    }

    private static List<(string Key, byte[] Value)> Records(ReadOnlySpan<byte> body)
    {
        List<(string, byte[])> records = [];
        while (body.Length > 0)
        {
            int space = body.IndexOf((byte)' ');
            if (space is < 1 or > 7)
                throw new FormatException("a record does not start with its length");
            int length = 0;
            foreach (byte digit in body[..space])
            {
                if (digit is < (byte)'0' or > (byte)'9')
                    throw new FormatException("a record does not start with its length");
                length = (length * 10) + (digit - '0');
            }

            if (length <= space + 1 || length > body.Length || body[length - 1] != '\n')
                throw new FormatException("a record is longer or shorter than it says");
            ReadOnlySpan<byte> record = body[(space + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals < 1)
                throw new FormatException("a record has no key");
            records.Add((Utf8(record[..equals]), record[(equals + 1)..].ToArray()));
            body = body[length..];
        }

        return records;
    }

    private static long Whole(string key, byte[] value) =>
        long.TryParse(Encoding.ASCII.GetString(value), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new FormatException($"'{key}' is no number");

    private static long Seconds(byte[] value) =>
        decimal.TryParse(Encoding.ASCII.GetString(value), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds)
            && seconds is >= long.MinValue and <= long.MaxValue
            ? (long)Math.Floor(seconds)
            : throw new FormatException("'mtime' is no time");

    private static string LongText(ReadOnlySpan<byte> body) => PathText(body.Length > 0 && body[^1] == 0 ? body[..^1] : body);

    private static string PathText(ReadOnlySpan<byte> value)
    {
        if (value.Contains((byte)0))
            throw new FormatException("a name holds a NUL byte");
        return Utf8(value);
    }

    private static string Utf8(ReadOnlySpan<byte> value)
    {
        try
        {
            return TarFormat.StrictUtf8.GetString(value);
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException("a name is not UTF-8", e);
        }
    }
}
