using ImageFactory.Model.Recipes;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Shapes;

/// <summary>An abstract record: the key <c>kind</c> chooses which of the derived ones is meant.</summary>
internal sealed class KindsShape : Shape
{
    public const string KindKey = "kind";

    public KindsShape(Type type)
        : base(type)
    {
        Kinds =
        [
            .. type.Assembly.GetTypes()
                .Where(t => t.IsSubclassOf(type) && t.IsDefined(typeof(KindAttribute), inherit: false))
                .Select(t => (RecordShape)ModelShapes.Of(t))
                .OrderBy(s => s.Kind, StringComparer.Ordinal),
        ];
    }

    public IReadOnlyList<RecordShape> Kinds { get; }

    public RecordShape? Find(string? kind) => Kinds.FirstOrDefault(k => string.Equals(k.Kind, kind, StringComparison.Ordinal));

    /// <summary>The record that a mapping's <c>kind</c> chooses.</summary>
    public RecordShape? ChosenBy(Node? node) => Find(KindOf(node));

    public static string? KindOf(Node? node) => ((node as MappingNode)?.Find(KindKey)?.Value as ScalarNode)?.Text;
}
