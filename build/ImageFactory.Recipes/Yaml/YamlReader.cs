using ImageFactory.Model;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ImageFactory.Recipes.Yaml;

/// <summary>
/// Turns YAML into nodes with places. It takes the part of YAML that data needs: no tags, no merge keys, keys that are text;
/// anchors and aliases are followed as long as what they stand for stays small.
/// </summary>
internal sealed class YamlReader
{
    private readonly Source source;
    private readonly Parser parser;
    private readonly List<Fault> faults = [];
    private readonly Dictionary<string, Measured> anchors = new(StringComparer.Ordinal);

    private YamlReader(string text, Source source)
    {
        this.source = source;
        parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads a recipe: one document that is a mapping.</summary>
    public static MappingNode ReadDocument(string text, Source source)
    {
        Node node = Read(text, source, out List<Fault> faults) ?? throw new FactoryException(YamlFaults.Empty(source.Name));
        if (node is not MappingNode && faults.Count == 0)
            faults.Add(YamlFaults.NotMapping(node.Place, NodeText.Describe(node)));
        FactoryException.ThrowIfAny(faults);
        return (MappingNode)node;
    }

    /// <summary>Reads one value, as an option or a variable has it. Faults name the source without lines.</summary>
    public static Node ReadValue(string text, Source source)
    {
        Node? node = Read(text, source, out List<Fault> faults);
        if (faults.Count > 0)
            throw new FactoryException([.. faults.Select(f => f.At(source.Name))]);
        return Unplaced(node ?? new ScalarNode(new Place(source, 0, 0), "", plain: true), new Place(source, 0, 0));
    }

    /// <summary>The text itself, when it could stand in a recipe.</summary>
    public static string CheckedText(string text, Source source)
    {
        try
        {
            CheckCharacters(text, source);
        }
        catch (FactoryException e)
        {
            throw new FactoryException([.. e.Faults.Select(f => f.At(source.Name))], e);
        }

        return text;
    }

    private static Node? Read(string text, Source source, out List<Fault> faults)
    {
        CheckCharacters(text, source);
        YamlReader reader = new(text, source);
        faults = reader.faults;
        try
        {
            return reader.ReadStream();
        }
        catch (YamlException e)
        {
            bool aboutTab = e.Message.Contains("tab", StringComparison.Ordinal);
            Place? tab = TabInIndent(text, source, e.Start.Line, aboutTab ? long.MaxValue : e.End.Line + 1);
            throw new FactoryException([.. faults, YamlFaults.Syntax(tab ?? reader.At(e.Start), e.Message, tab is not null)], e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException or NullReferenceException or FormatException or OverflowException)
        {
            // The parser meets some malformed texts with exceptions of the base library; for the author it is the same fault.
            throw new FactoryException([.. faults, YamlFaults.Syntax(reader.At(reader.parser.Current?.End ?? Mark.Empty), "this is not YAML", tab: false)], e);
        }
    }

    /// <summary>The parser takes NUL for the end of the text and would leave out what follows; half a character no file and no JSON can hold.</summary>
    private static void CheckCharacters(string text, Source source)
    {
        long line = 1;
        int lineStart = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\n')
            {
                line++;
                lineStart = i + 1;
            }
            else if ((char.IsControl(c) && c is not ('\t' or '\r' or '\u0085')) || c is '\uFEFF' or '\uFFFE' or '\uFFFF' || IsHalf(text, i))
            {
                throw new FactoryException(YamlFaults.ControlCharacter(new Place(source, line, i - lineStart + 1), c));
            }
        }
    }

    private static bool IsHalf(string text, int at) =>
        char.IsHighSurrogate(text[at])
            ? at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1])
            : char.IsLowSurrogate(text[at]) && (at == 0 || !char.IsHighSurrogate(text[at - 1]));

    /// <summary>The parser names the start of the group that a tab is in; the author looks for the tab.</summary>
    private static Place? TabInIndent(string text, Source source, long from, long to)
    {
        long number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            number++;
            int tab = line.IndexOf('\t');
            if (number >= from && number <= to && tab >= 0 && line[..tab].Trim(' ').IsEmpty)
                return new Place(source, number, tab + 1);
        }

        return null;
    }

    private static Node Unplaced(Node node, Place place) => node switch
    {
        ScalarNode scalar => new ScalarNode(place, scalar.Text, scalar.Plain),
        SequenceNode sequence => new SequenceNode(place, [.. sequence.Items.Select(i => Unplaced(i, place))]),
        MappingNode mapping => new MappingNode(place, [.. mapping.Entries.Select(e => new Entry(e.Key, place, Unplaced(e.Value, place)))]),
        _ => throw new ArgumentOutOfRangeException(nameof(node)),
    };

    private Node? ReadStream()
    {
        Node? first = null;
        while (parser.MoveNext())
        {
            switch (parser.Current)
            {
                case DocumentStart start when first is not null:
                    faults.Add(YamlFaults.SeveralDocuments(At(start.Start)));
                    return first;
                case NodeEvent or AnchorAlias:
                    first = ReadNode(depth: 0).Node;
                    break;
            }
        }

        return first is ScalarNode { Plain: true, Text: "" } ? null : first;
    }

    private Measured ReadNode(int depth)
    {
        ParsingEvent current = parser.Current!;
        if (current is AnchorAlias alias)
            return Follow(alias, depth);

        // The parser forgets the value of a key in some malformed texts.
        if (current is not NodeEvent start)
            throw new FactoryException([.. faults, YamlFaults.Syntax(At(current.Start), "a value is missing", tab: false)]);

        CheckTag(start);
        if (depth > YamlLimits.Depth)
            throw new FactoryException([.. faults, YamlFaults.TooDeep(At(start.Start))]);

        Measured read = start switch
        {
            Scalar scalar => new(new ScalarNode(At(scalar.Start), scalar.Value, scalar.Style == ScalarStyle.Plain), 1, 0),
            SequenceStart => ReadSequence(start, depth),
            MappingStart => ReadMapping(start, depth),
            _ => throw new InvalidOperationException($"a {start.GetType().Name} is no node"),
        };
        if (read.Values > YamlLimits.Values)
            throw new FactoryException([.. faults, YamlFaults.TooMany(At(start.Start))]);
        if (!start.Anchor.IsEmpty)
            anchors[start.Anchor.Value] = read;
        return read;
    }

    /// <summary>An anchor is known once its node is complete, so that no node can hold itself.</summary>
    private Measured Follow(AnchorAlias alias, int depth)
    {
        if (!anchors.TryGetValue(alias.Value.Value, out Measured? target))
        {
            faults.Add(YamlFaults.UnknownAlias(At(alias.Start), alias.Value.Value));
            return new(new ScalarNode(At(alias.Start), "", plain: true), 1, 0);
        }

        return depth + target.Height > YamlLimits.Depth
            ? throw new FactoryException([.. faults, YamlFaults.TooDeep(At(alias.Start))])
            : target;
    }

    private Measured ReadSequence(NodeEvent start, int depth)
    {
        List<Node> items = [];
        Tally tally = new();
        while (parser.MoveNext() && parser.Current is not SequenceEnd)
        {
            Measured item = ReadNode(depth + 1);
            items.Add(item.Node);
            Count(tally, item);
        }

        return new(new SequenceNode(At(start.Start), items), tally.Values + 1, tally.Height + 1);
    }

    private Measured ReadMapping(NodeEvent start, int depth)
    {
        List<Entry> entries = [];
        Dictionary<string, Place> seen = new(StringComparer.Ordinal);
        Tally tally = new();
        while (parser.MoveNext() && parser.Current is not MappingEnd)
        {
            Place keyPlace = At(parser.Current!.Start);
            Node keyNode = ReadNode(depth + 1).Node;
            if (!parser.MoveNext())
                break;
            Measured value = ReadNode(depth + 1);
            Count(tally, value);

            if (Key(keyNode, keyPlace) is not string key)
                continue;
            if (seen.TryAdd(key, keyPlace))
                entries.Add(new Entry(key, keyPlace, value.Node));
            else
                faults.Add(YamlFaults.DuplicateKey(keyPlace, key, seen[key]));
        }

        return new(new MappingNode(At(start.Start), entries), tally.Values + 1, tally.Height + 1);
    }

    private void Count(Tally tally, Measured item)
    {
        tally.Values += item.Values;
        tally.Height = Math.Max(tally.Height, item.Height);
        if (tally.Values > YamlLimits.Values)
            throw new FactoryException([.. faults, YamlFaults.TooMany(At(parser.Current!.Start))]);
    }

    private string? Key(Node node, Place place)
    {
        if (node is not ScalarNode scalar || scalar.IsNull)
        {
            faults.Add(YamlFaults.KeyNotText(place, NodeText.Describe(node)));
            return null;
        }

        if (scalar.Text.Length > YamlLimits.KeyLength)
        {
            faults.Add(YamlFaults.KeyTooLong(place, scalar.Text));
            return null;
        }

        if (scalar is { Plain: true, Text: "<<" })
        {
            faults.Add(YamlFaults.MergeKey(place));
            return null;
        }

        return scalar.Text;
    }

    private void CheckTag(NodeEvent node)
    {
        if (!node.Tag.IsEmpty)
            faults.Add(YamlFaults.Tag(At(node.Start), node.Tag.Value));
    }

    private Place At(Mark mark) => new(source, Math.Max(1, mark.Line), Math.Max(1, mark.Column));

    /// <summary>A node with its size and height as they are with every alias followed.</summary>
    private sealed record Measured(Node Node, int Values, int Height);

    private sealed class Tally
    {
        public int Values { get; set; }

        public int Height { get; set; }
    }
}
