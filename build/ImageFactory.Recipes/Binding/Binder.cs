using System.Collections;
using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Recipes.Rules;
using ImageFactory.Recipes.Shapes;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Binding;

/// <summary>
/// Makes records from nodes by the shapes of the records' types; it knows no key. What cannot be bound keeps its default,
/// so that one run finds every fault.
/// </summary>
internal sealed class Binder(FaultList faults)
{
    private readonly Dictionary<string, Place> places = new(StringComparer.Ordinal);
    private readonly HashSet<string> faulty = new(StringComparer.Ordinal);

    /// <summary>Where each value that was written is, by its path.</summary>
    public IReadOnlyDictionary<string, Place> Places => places;

    /// <summary>Null only when there is a fault.</summary>
    public T? Bind<T>(MappingNode root)
        where T : class
    {
        places[""] = root.Place;
        return (T?)BindRecord(root, (RecordShape)ModelShapes.Of(typeof(T)), "");
    }

    private object? Bind(Node node, Shape shape, PropertyRule rule, string path) => shape switch
    {
        TextShape => BindText(node, rule.Text, path),
        TruthShape => BindTruth(node, path),
        WholeShape => BindWhole(node, shape.Type, rule, path),
        PathShape => BindPath(node, rule.Source, path),
        ChoiceShape choice => BindChoice(node, choice, path),
        ListShape list => BindList(node, list, rule, path),
        MapShape map => BindMap(node, map, rule, path),
        RecordShape record => node is MappingNode mapping ? BindRecord(mapping, record, path) : WrongType(node, record, path),
        KindsShape kinds => BindKind(node, kinds, path),
        _ => throw new NotSupportedException($"{shape.GetType().Name} cannot be bound"),
    };

    private object? BindRecord(MappingNode node, RecordShape shape, string path)
    {
        object record = shape.Create();
        bool complete = true;
        foreach (Entry entry in node.Entries)
        {
            if (shape.Kind is not null && entry.Key == KindsShape.KindKey)
            {
                places[Join(path, entry.Key)] = entry.Origin;
                continue;
            }

            if (shape.Find(entry.Key) is not { } property)
            {
                Report(Join(path, entry.Key), entry.KeyPlace, BindingFaults.UnknownKey(entry.Key, [.. shape.Keys]));
                continue;
            }

            string own = Join(path, entry.Key);
            places[own] = entry.Origin;
            if (Bind(entry.Value, property.Shape, PropertyRules.Of(property.Info), own) is { } value)
                property.Info.SetValue(record, value);
            else
                complete &= !property.Required;
        }

        foreach (PropertyShape property in shape.Properties.Where(p => p.Required && node.Find(p.Key) is null))
        {
            complete = false;
            string owner = path.Length == 0 ? "" : $" in '{path}'";
            Report(Join(path, property.Key), PlaceOf(path, node), BindingFaults.MissingKey(property.Key, owner, $"{property.Key}: {Examples.Of(property)}"));
        }

        RecordRules.Check(record, new RecordScope(path, places, faulty, Report));
        return complete ? record : null;
    }

    private object? BindKind(Node node, KindsShape kinds, string path)
    {
        string[] known = [.. kinds.Kinds.Select(k => k.Kind!)];
        if (node is not MappingNode mapping)
            return WrongType(node, kinds, path);
        if (mapping.Find(KindsShape.KindKey) is not { } kind)
        {
            Report(path, PlaceOf(path, node), BindingFaults.MissingKey(KindsShape.KindKey, $" in '{path}'", $"kind: {string.Join(" | ", known)}"));
            return null;
        }

        if (kind.Value is not ScalarNode word)
            return WrongType(kind.Value, kinds, Join(path, KindsShape.KindKey), $"one of {string.Join(", ", known)}");
        if (kinds.Find(word.Text) is { } chosen)
            return BindRecord(mapping, chosen, path);

        Report(path, word.Place, BindingFaults.UnknownKind(path, word.Text, known));
        return null;
    }

    private string? BindText(Node node, TextRule? rule, string path)
    {
        if (node is not ScalarNode { IsNull: false } scalar)
            return (string?)WrongType(node, ModelShapes.Of(typeof(string)), path);
        return Passes(rule, scalar.Text, scalar.Place, path) ? scalar.Text : null;
    }

    private bool Passes(TextRule? rule, string text, Place place, string path)
    {
        if (rule?.Check(path, text) is not { } fault)
            return true;
        Report(path, place, fault);
        return fault.Severity == Severity.Warning;
    }

    private object? BindTruth(Node node, string path) =>
        node is ScalarNode { Plain: true } scalar && Scalars.Truth(scalar.Text) is { } truth ? truth : WrongType(node, ModelShapes.Of(typeof(bool)), path);

    private object? BindWhole(Node node, Type type, PropertyRule rule, string path)
    {
        if (node is not ScalarNode { Plain: true } scalar || !Scalars.TryWhole(scalar.Text, out long whole))
            return WrongType(node, ModelShapes.Of(type), path);

        long least = Math.Max(rule.Least, type == typeof(int) ? int.MinValue : long.MinValue);
        long most = Math.Min(rule.Most, type == typeof(int) ? int.MaxValue : long.MaxValue);
        if (whole >= least && whole <= most)
            return Convert.ChangeType(whole, type, CultureInfo.InvariantCulture);
        Report(path, node.Place, BindingFaults.OutOfRange(path, scalar.Text, least, most));
        return null;
    }

    private object? BindPath(Node node, SourceKind kind, string path)
    {
        if (node is not ScalarNode { IsNull: false } scalar)
            return WrongType(node, ModelShapes.Of(typeof(SourcePath)), path);

        if (SourceCheck.Find(scalar.Text, path) is { } fault)
        {
            Report(path, scalar.Place, fault);
            return null;
        }

        SourcePath source = new(scalar.Text, Path.GetFullPath(scalar.Text, scalar.Place.Source.Folder));
        if (SourceCheck.FindMissing(source, kind, path) is { } missing)
            Report(path, scalar.Place, missing);
        return source;
    }

    private object? BindChoice(Node node, ChoiceShape choice, string path)
    {
        if (node is not ScalarNode { IsNull: false } scalar)
            return WrongType(node, choice, path);
        if (choice.Choices.FirstOrDefault(c => c.Word == scalar.Text) is { } chosen)
            return chosen.Value;
        Report(path, scalar.Place, BindingFaults.UnknownWord(path, scalar.Text, [.. choice.Choices.Select(c => c.Word)]));
        return null;
    }

    private object? BindList(Node node, ListShape list, PropertyRule rule, string path)
    {
        if (node is not SequenceNode sequence)
            return WrongType(node, list, path);

        List<object> items = [];
        for (int i = 0; i < sequence.Items.Count; i++)
        {
            Node item = sequence.Items[i];
            string own = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            places[own] = item.Place;
            if (item is ScalarNode { IsNull: true })
                Report(own, item.Place, BindingFaults.EmptyEntry(own));
            else if (rule.Source == SourceKind.Files && item is ScalarNode { IsNull: false } scalar && SourceCheck.IsPattern(scalar.Text) && SourceCheck.Find(scalar.Text, own) is null)
                items.AddRange(SourceCheck.Expand(scalar.Text, scalar.Place.Source.Folder, own, fault => Report(own, scalar.Place, fault)));
            else if (Bind(item, list.Element, rule, own) is { } value)
                items.Add(value);
        }

        return list.ToArray(items);
    }

    private object? BindMap(Node node, MapShape map, PropertyRule rule, string path)
    {
        if (node is not MappingNode mapping)
            return WrongType(node, map, path);

        IDictionary values = map.NewDictionary();
        foreach (Entry entry in mapping.Entries)
        {
            string own = KeyPath.Append(path, entry.Key);
            places[own] = entry.Origin;
            if (Passes(rule.Key, entry.Key, entry.KeyPlace, own) && Bind(entry.Value, map.Element, rule, own) is { } value)
                values[entry.Key] = value;
        }

        return values;
    }

    private object? WrongType(Node node, Shape shape, string path, string? expected = null)
    {
        Report(path, node.Place, BindingFaults.WrongType(path, expected ?? Examples.Expectation(shape), node, Examples.Hint(shape, node)));
        return null;
    }

    private Place PlaceOf(string path, Node node) => path.Length > 0 && places.TryGetValue(path, out Place? place) ? place : node.Place;

    private void Report(string path, Place place, Fault fault)
    {
        if (fault.Severity == Severity.Error)
            faulty.Add(path);
        faults.Add(place, fault);
    }

    private static string Join(string path, string key) => KeyPath.Append(path, key);
}
