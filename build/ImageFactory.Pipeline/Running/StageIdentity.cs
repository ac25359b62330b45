using ImageFactory.Model;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Running;

/// <summary>What decides a stage's output, all of it known: its name, its own fields, and the output digests of what it reads.</summary>
internal sealed record StageIdentity(string Stage, Sha256 Key, IReadOnlyList<KeyField> Fields, IReadOnlyDictionary<string, Sha256> Inputs)
{
    internal static StageIdentity Of(IStage stage, IReadOnlyDictionary<string, Sha256> inputs)
    {
        using StageKey key = new();
        key.Add("stage", stage.Name);
        stage.Describe(key);
        IReadOnlyList<KeyField> fields = [.. key.Fields.Skip(1).Select(f => new KeyField(f.Key, f.Value))];
        foreach ((string input, Sha256 digest) in inputs.OrderBy(i => i.Key, StringComparer.Ordinal))
            key.Add($"input {input}", digest);
        return new StageIdentity(stage.Name, key.ToDigest(), fields, inputs);
    }

    /// <summary>The stage's own fields alone, for when what it reads is not known yet.</summary>
    internal static IReadOnlyList<KeyField> FieldsOf(IStage stage) => Of(stage, new Dictionary<string, Sha256>()).Fields;
}
