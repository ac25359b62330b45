using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Payload;

/// <summary>Every kind of payload; a new one is one class and one entry here.</summary>
internal static class Payloads
{
    private static readonly IPayloadKind[] Kinds = [new DirectoryPayloadKind(), new ArchivePayloadKind(), new OciPayloadKind()];

    /// <summary>The digest that stands for the payload's content in stage keys and in the manifest.</summary>
    public static Task<Sha256> DigestAsync(PayloadSource source, CancellationToken cancellation) =>
        KindOf(source).DigestAsync(source, cancellation);

    /// <summary>Adds everything that decides the payload's layer to a stage's key.</summary>
    /// <param name="digest">Of its content; null for one that comes out of a stage, whose output is in the key already.</param>
    public static void Describe(PayloadSource source, Sha256? digest, StageKey key)
    {
        if (digest is { } content)
            key.Add("payload", content);
        key.Add("into", source.Into)
            .Add("owner", source.Owner.ToString())
            .Add("modes", source.Modes.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key}={m.Value}"));
        KindOf(source).Describe(source, key);
    }

    public static PayloadStages StagesOf(PayloadSource source, string what, Recipe recipe, BaseSurroundings surroundings) =>
        KindOf(source).StagesOf(source, what, recipe, surroundings);

    /// <summary>Reads a payload as a layer that can be merged on top of the base.</summary>
    /// <exception cref="FactoryException">It cannot be read, or holds what no image may have; all faults together.</exception>
    public static Task<TarTree> ReadAsync(PayloadSource source, DirectoryInfo work, CancellationToken cancellation) => ReadAsync(source, work, null, cancellation);

    /// <summary>The same for a payload that stages have fetched.</summary>
    /// <param name="fetched">Their output.</param>
    public static async Task<TarTree> ReadAsync(PayloadSource source, DirectoryInfo work, DirectoryInfo? fetched, CancellationToken cancellation)
    {
        IPayloadKind kind = KindOf(source);
        string name = kind.Name(source);
        if (!TreePath.TryNormalise(source.Into, out string? into, out string? problem))
            throw new FactoryException(PayloadFaults.BadFolder(name, "into", source.Into, problem));
        TarTree layer = await kind.ReadAsync(source, into, work, fetched, cancellation).ConfigureAwait(false);
        FactoryException.ThrowIfAny(SetModes(layer.Tree, source, name));
        return layer;
    }

    private static List<Fault> SetModes(FileTree tree, PayloadSource source, string name)
    {
        List<Fault> faults = [];
        foreach ((string path, string text) in source.Modes.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            if (!UnixMode.TryParse(text, out int mode))
                faults.Add(PayloadFaults.BadMode(name, path, text));
            else if (tree.Resolve(path) is not { } real)
                faults.Add(PayloadFaults.NoSuchPath(name, path, NearestName.Of(path, tree.Walk().Select(i => i.Path))));
            else
                tree.Change(real, e => e with { Mode = mode, Implied = false });
        }

        return faults;
    }

    private static IPayloadKind KindOf(PayloadSource source) =>
        Kinds.FirstOrDefault(k => k.Handles(source)) ?? throw new InvalidOperationException($"no payload kind handles {source.GetType().Name}");
}
