using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>
/// The images that a Containerfile names (Containerfile(5): FROM, and --from= of COPY and ADD), with build arguments put in, and the file again with other names
/// in their places. Everything else of it is the engine's business.
/// </summary>
internal sealed class Containerfile
{
    private readonly string text;
    private readonly List<Mention> mentions = [];

    private Containerfile(string text) => this.text = text;

    /// <summary>Each image once, in the order of the file. Neither stages of the file itself nor <c>scratch</c> are among them.</summary>
    public IReadOnlyList<ImageMention> Images => [.. mentions.GroupBy(m => m.Name, StringComparer.Ordinal).Select(g => new ImageMention(g.Key, g.First().Line))];

    /// <param name="file">How faults call it.</param>
    /// <param name="arguments">Build arguments.</param>
    /// <exception cref="FactoryException">IFC302 and IFC303, all at once.</exception>
    public static Containerfile Parse(string text, string file, IReadOnlyDictionary<string, string> arguments)
    {
        Containerfile parsed = new(text);
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        HashSet<string> stages = new(StringComparer.OrdinalIgnoreCase) { "scratch" };
        List<Fault> faults = [];
        bool from = false;
        int number = 0;
        foreach (Instruction instruction in Instructions(text))
        {
            switch (instruction.Word)
            {
                case "ARG" when !from:
                    AddArgument(instruction, arguments, values);
                    break;
                case "FROM":
                    from = true;
                    parsed.Take(instruction.Parts.FirstOrDefault(p => !p.Text.StartsWith("--", StringComparison.Ordinal)), values, stages, file, faults);
                    if (NameOf(instruction) is { } name)
                        stages.Add(name);
                    stages.Add((number++).ToString(System.Globalization.CultureInfo.InvariantCulture));
                    break;
                case "COPY" or "ADD":
                    foreach (Part part in instruction.Parts.TakeWhile(p => p.Text.StartsWith("--", StringComparison.Ordinal)))
                    {
                        if (part.Text.StartsWith("--from=", StringComparison.Ordinal))
                            parsed.Take(new Part(part.Text["--from=".Length..], part.Start + "--from=".Length, part.Line), values, stages, file, faults);
                    }

                    break;
            }
        }

        if (!from)
            faults.Add(BootcFaults.NoFrom(file));
        FactoryException.ThrowIfAny(faults);
        return parsed;
    }

    /// <summary>The file with other names for its images.</summary>
    public string With(IReadOnlyDictionary<string, string> names)
    {
        StringBuilder written = new();
        int at = 0;
        foreach (Mention mention in mentions.Where(m => names.ContainsKey(m.Name)))
        {
            written.Append(text, at, mention.Start - at).Append(names[mention.Name]);
            at = mention.Start + mention.Length;
        }

        return written.Append(text, at, text.Length - at).ToString();
    }

    private void Take(Part? part, Dictionary<string, string> values, HashSet<string> stages, string file, List<Fault> faults)
    {
        if (part is null)
            return;
        string? missing = null;
        string name = Expand(part.Text, values, ref missing);
        if (missing is not null)
            faults.Add(BootcFaults.UnknownArgument(file, part.Line, missing));
        else if (!stages.Contains(name))
            mentions.Add(new Mention(name, part.Start, part.Text.Length, part.Line));
    }

    private static string? NameOf(Instruction instruction)
    {
        int at = instruction.Parts.FindIndex(p => p.Text.Equals("AS", StringComparison.OrdinalIgnoreCase));
        return at >= 0 && at + 1 < instruction.Parts.Count ? instruction.Parts[at + 1].Text : null;
    }

    private static void AddArgument(Instruction instruction, IReadOnlyDictionary<string, string> arguments, Dictionary<string, string> values)
    {
        foreach (Part part in instruction.Parts)
        {
            string[] pair = part.Text.Split('=', 2);
            string? missing = null;
            if (arguments.TryGetValue(pair[0], out string? given))
                values[pair[0]] = given;
            else if (pair.Length == 2)
                values[pair[0]] = Expand(pair[1].Trim('"', '\''), values, ref missing);
        }
    }

    /// <summary><c>$NAME</c>, <c>${NAME}</c> and <c>${NAME:-default}</c>.</summary>
    private static string Expand(string text, Dictionary<string, string> values, ref string? missing)
    {
        StringBuilder expanded = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is '"' or '\'')
                continue;
            if (text[i] != '$' || i + 1 == text.Length)
            {
                expanded.Append(text[i]);
                continue;
            }

            string name;
            string? fallback = null;
            if (text[i + 1] == '{')
            {
                int end = text.IndexOf('}', i);
                if (end < 0)
                    end = text.Length;
                string inside = text[(i + 2)..end];
                int colon = inside.IndexOf(":-", StringComparison.Ordinal);
                name = colon < 0 ? inside : inside[..colon];
                fallback = colon < 0 ? null : inside[(colon + 2)..];
                i = end;
            }
            else
            {
                int end = i + 1;
                while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
                    end++;
                name = text[(i + 1)..end];
                i = end - 1;
            }

            if (values.TryGetValue(name, out string? value) && (value.Length > 0 || fallback is null))
                expanded.Append(value);
            else if (fallback is not null)
                expanded.Append(fallback);
            else
                missing ??= name;
        }

        return expanded.ToString();
    }

    /// <summary>Words of the lines, with backslashes at their ends joined; comments and here-documents are passed over.</summary>
    private static IEnumerable<Instruction> Instructions(string text)
    {
        List<Part> parts = [];
        string? ending = null;
        int at = 0;
        int line = 0;
        while (at < text.Length)
        {
            int end = text.IndexOf('\n', at);
            if (end < 0)
                end = text.Length;
            line++;
            ReadOnlySpan<char> content = text.AsSpan(at, end - at).TrimEnd();
            int start = at;
            at = end + 1;
            if (ending is not null)
            {
                if (content.Trim().SequenceEqual(ending))
                    ending = null;
                continue;
            }

            if (content.TrimStart().StartsWith("#"))
                continue;
            bool goesOn = content.EndsWith("\\");
            AddWords(goesOn ? content[..^1] : content, start, line, parts);
            if (goesOn || parts.Count == 0)
                continue;
            Instruction whole = new(parts[0].Text.ToUpperInvariant(), [.. parts.Skip(1)]);
            if (whole.Word is "RUN" or "COPY" or "ADD")
                ending = HereDocument(whole);
            parts = [];
            yield return whole;
        }

        if (parts.Count > 0)
            yield return new Instruction(parts[0].Text.ToUpperInvariant(), [.. parts.Skip(1)]);
    }

    private static string? HereDocument(Instruction instruction) => instruction.Parts
        .Where(p => p.Text.StartsWith("<<", StringComparison.Ordinal) && p.Text.Length > 2)
        .Select(p => p.Text[2..].TrimStart('-').Trim('"', '\''))
        .FirstOrDefault(w => w.Length > 0);

    private static void AddWords(ReadOnlySpan<char> content, int start, int line, List<Part> parts)
    {
        int i = 0;
        while (i < content.Length)
        {
            while (i < content.Length && char.IsWhiteSpace(content[i]))
                i++;
            int word = i;
            while (i < content.Length && !char.IsWhiteSpace(content[i]))
                i++;
            if (i > word)
                parts.Add(new Part(content[word..i].ToString(), start + word, line));
        }
    }

    private sealed record Instruction(string Word, List<Part> Parts);

    /// <param name="Start">Where it begins in the text.</param>
    private sealed record Part(string Text, int Start, int Line);

    private sealed record Mention(string Name, int Start, int Length, int Line);
}

/// <param name="Name">With build arguments put in.</param>
internal sealed record ImageMention(string Name, int Line);
