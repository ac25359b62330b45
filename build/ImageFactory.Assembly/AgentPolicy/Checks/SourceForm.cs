using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Assembly.AgentPolicy.Rego;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>Looks at the bytes before they are read as Rego: names what was given instead, and keeps to the limits of the agent's engine.</summary>
internal static class SourceForm
{
    /// <summary>Limits of the engine since Kata 3.30. Before, none is known; larger policies than these are no use to anybody.</summary>
    public const int MaximumBytes = 16 * 1024 * 1024;
    private const int MaximumLines = 200_000;
    private const int MaximumColumns = 65_536;

    /// <summary>Other tools on the same engine stop here.</summary>
    private const int UsualColumns = 1024;

    private static readonly UTF8Encoding Strict = new(false, true);

    /// <summary>The text, or null when it cannot be read for one of the faults.</summary>
    public static string? Read(ReadOnlySpan<byte> content, AgentApiRelease api, Func<TextPosition, string> place, List<Fault> faults, List<string> notes)
    {
        TextPosition start = new(1, 1);
        if (content.Length > MaximumBytes)
            return Refuse(SourceFaults.TooLarge(content.Length, MaximumBytes));
        if (content.StartsWith<byte>([0x1F, 0x8B]))
            return Refuse(SourceFaults.Gzip());
        if (content.StartsWith<byte>([0xEF, 0xBB, 0xBF]) || content.StartsWith<byte>([0xFF, 0xFE]) || content.StartsWith<byte>([0xFE, 0xFF]))
            return Refuse(SourceFaults.ByteOrderMark());
        if (Decode(content) is not { } text)
            return Refuse(SourceFaults.NotUtf8());
        if (IsInitdata(text))
            return Refuse(SourceFaults.Initdata());
        if (IsBase64OfPolicy(text))
            return Refuse(SourceFaults.FileIsBase64());

        int carriageReturn = text.IndexOf('\r', StringComparison.Ordinal);
        if (carriageReturn >= 0)
            faults.Add(SourceFaults.CarriageReturns().At(place(new(1 + text.AsSpan(0, carriageReturn).Count('\n'), 1))));
        CheckLines(text, api, place, faults, notes);
        return text;

        string? Refuse(Fault fault)
        {
            faults.Add(fault.At(place(start)));
            return null;
        }
    }

    private static string? Decode(ReadOnlySpan<byte> content)
    {
        try
        {
            return Strict.GetString(content);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Initdata is a TOML table <c>[data]</c> with <c>version</c> and <c>algorithm</c> before it. No Rego begins so.</summary>
    private static bool IsInitdata(string text)
    {
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> trimmed = line.Trim();
            if (trimmed.IsEmpty || trimmed[0] == '#')
                continue;
            if (trimmed.StartsWith("package"))
                return false;
            if (trimmed.SequenceEqual("[data]") || IsTomlKey(trimmed, "algorithm") || IsTomlKey(trimmed, "version"))
                return true;
            return false;
        }

        return false;
    }

    private static bool IsTomlKey(ReadOnlySpan<char> line, string key) =>
        line.StartsWith(key) && line[key.Length..].TrimStart() is ['=', ..];

    private static bool IsBase64OfPolicy(string text)
    {
        string packed = string.Concat(text.Where(c => !char.IsWhiteSpace(c)).Take(1 << 16));
        packed = packed[..(packed.Length / 4 * 4)];
        return packed.Length >= 16
            && Base64.IsValid(packed)
            && Encoding.UTF8.GetString(Convert.FromBase64String(packed)).Contains("agent_policy", StringComparison.Ordinal);
    }

    private static void CheckLines(string text, AgentApiRelease api, Func<TextPosition, string> place, List<Fault> faults, List<string> notes)
    {
        int lines = 0;
        int longLines = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            lines++;
            if (line.Length > MaximumColumns && api.IsRegoV1)
                faults.Add(SourceFaults.LineTooLong(line.Length, MaximumColumns).At(place(new(lines, 1))));
            else if (line.Length > UsualColumns)
                longLines++;
        }

        if (lines > MaximumLines && api.IsRegoV1)
            faults.Add(SourceFaults.TooManyLines(lines, MaximumLines).At(place(new(MaximumLines + 1, 1))));
        if (longLines > 0)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{longLines} lines are longer than {UsualColumns} columns: fine for the agent, other tools on its engine may refuse them"));
    }
}
