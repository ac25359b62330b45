using FsCheck;
using FsCheck.Fluent;
using ImageFactory.Recipes.Layers;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Tests;

public sealed class LayerPropertyTests
{
    private static readonly string[] Keys = ["a", "b", "c", "d"];
    private static readonly Place Nowhere = new(new Source("test", "/"), 0, 0);

    public static TheoryData<bool, bool, bool, bool> EveryChoice =>
        [.. Enumerable.Range(0, 16).Select(i => ((i & 1) != 0, (i & 2) != 0, (i & 4) != 0, (i & 8) != 0))];

    [Fact]
    public void A_layer_over_itself_is_itself() => Holds((a, _) => Text(LayerMerge.Merge(a, a)) == Text(LayerMerge.WithoutNulls(a)));

    [Fact]
    public void A_layer_over_nothing_is_itself() => Holds((a, _) => Text(LayerMerge.Merge(new MappingNode(Nowhere, []), a)) == Text(LayerMerge.WithoutNulls(a)));

    [Fact]
    public void Nothing_over_a_layer_changes_nothing() => Holds((a, _) => Text(LayerMerge.Merge(LayerMerge.WithoutNulls(a), new MappingNode(Nowhere, []))) == Text(LayerMerge.WithoutNulls(a)));

    [Fact]
    public void The_same_layer_twice_is_the_same_as_once() => Holds((a, b) =>
        Text(LayerMerge.Merge(LayerMerge.Merge(LayerMerge.WithoutNulls(a), b), b)) == Text(LayerMerge.Merge(LayerMerge.WithoutNulls(a), b)));

    [Fact]
    public void Every_value_of_the_upper_layer_is_in_the_result() => Holds((a, b) => Contains(LayerMerge.Merge(LayerMerge.WithoutNulls(a), b), LayerMerge.WithoutNulls(b)));

    [Fact]
    public void What_the_upper_layer_says_nothing_of_stays() => Holds((a, b) =>
    {
        MappingNode merged = LayerMerge.Merge(LayerMerge.WithoutNulls(a), b);
        return LayerMerge.WithoutNulls(a).Entries.Where(e => b.Find(e.Key) is null).All(e => Text(merged.Find(e.Key)!.Value) == Text(e.Value));
    });

    [Fact]
    public void What_the_upper_layer_removes_is_gone() => Holds((a, b) =>
    {
        MappingNode merged = LayerMerge.Merge(LayerMerge.WithoutNulls(a), b);
        return b.Entries.Where(e => e.Value is ScalarNode { IsNull: true }).All(e => merged.Find(e.Key) is null);
    });

    [Theory]
    [MemberData(nameof(EveryChoice))]
    public void The_strongest_of_the_layers_that_speak_decides(bool below, bool above, bool variable, bool option)
    {
        using RecipeFolder folder = new();
        folder.Write("below.yaml", RecipeFolder.Smallest + (below ? "disk: { size: 1GiB }\n" : ""));
        folder.Write("a.yaml", "extends: below.yaml\n" + (above ? "disk: { size: 2GiB }\n" : ""));
        Dictionary<string, string> environment = variable ? new() { ["IMAGEFACTORY_DISK_SIZE"] = "3GiB" } : [];

        LoadedRecipe loaded = option ? folder.LoadWith("a.yaml", environment, "disk.size=4GiB") : folder.LoadWith("a.yaml", environment);

        string expected = option ? "4GiB" : variable ? "3GiB" : above ? "2GiB" : below ? "1GiB" : "auto";
        string? origin = option ? "--set disk.size" : variable ? "IMAGEFACTORY_DISK_SIZE" : above ? "a.yaml:2:15" : below ? "below.yaml:3:15" : null;
        Assert.Equal((expected, origin), (loaded.Recipe.Disk.Size, loaded.Origins.Places.GetValueOrDefault("disk.size")));
    }

    private static void Holds(Func<MappingNode, MappingNode, bool> property) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(500),
        Prop.ForAll<int, int>((a, b) => property(Layer(new System.Random(a), 3), Layer(new System.Random(b), 3))));

    private static MappingNode Layer(System.Random random, int depth) =>
        new(Nowhere, [.. Keys.Where(_ => random.Next(3) > 0).Select(k => new Entry(k, Nowhere, Value(random, depth)))]);

    private static Node Value(System.Random random, int depth) => random.Next(depth > 0 ? 6 : 3) switch
    {
        0 => new ScalarNode(Nowhere, "null", plain: true),
        1 or 2 => new ScalarNode(Nowhere, random.Next(10).ToString(null, null), plain: true),
        3 => new SequenceNode(Nowhere, [.. Enumerable.Range(0, random.Next(3)).Select(_ => new ScalarNode(Nowhere, random.Next(10).ToString(null, null), plain: true))]),
        _ => Layer(random, depth - 1),
    };

    private static bool Contains(Node whole, Node part) => (whole, part) switch
    {
        (MappingNode a, MappingNode b) => b.Entries.All(e => a.Find(e.Key) is { } found && Contains(found.Value, e.Value)),
        _ => Text(whole) == Text(part),
    };

    private static string Text(Node node) => node switch
    {
        ScalarNode scalar => scalar.Text,
        SequenceNode sequence => $"[{string.Join(',', sequence.Items.Select(Text))}]",
        MappingNode mapping => $"{{{string.Join(',', mapping.Entries.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{e.Key}:{Text(e.Value)}"))}}}",
        _ => throw new ArgumentOutOfRangeException(nameof(node)),
    };
}
