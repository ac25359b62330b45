using ImageFactory.Model;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Layers;

/// <summary>Follows <c>extends:</c> from a recipe to the one that everything starts from.</summary>
internal sealed class ExtendsChain
{
    public const string Key = "extends";

    /// <summary>People lose track long before.</summary>
    public const int MostLevels = 16;

    private readonly string workingFolder;
    private readonly bool absolute;
    private readonly List<ChainedFile> files = [];

    private ExtendsChain(string workingFolder, bool absolute)
    {
        this.workingFolder = workingFolder;
        this.absolute = absolute;
    }

    /// <summary>The recipe itself first.</summary>
    public static IReadOnlyList<ChainedFile> Read(string path, string workingFolder)
    {
        ExtendsChain chain = new(workingFolder, Path.IsPathRooted(path));
        chain.Follow(path, Path.GetFullPath(path, workingFolder));
        return chain.files;
    }

    private void Follow(string name, string fullPath)
    {
        while (true)
        {
            Source source = new(name, Path.GetDirectoryName(fullPath) ?? workingFolder);
            MappingNode content = ReadExtended(fullPath, source);
            Entry? extends = content.Find(Key);
            files.Add(new ChainedFile(source, fullPath, new MappingNode(content.Place, [.. content.Entries.Where(e => e.Key != Key)]), extends?.Value.Place));
            if (extends is null or { Value: ScalarNode { IsNull: true } })
                return;

            fullPath = Path.GetFullPath(Target(extends.Value), source.Folder);
            name = absolute ? fullPath : Path.GetRelativePath(workingFolder, fullPath);
            CheckChain(fullPath, name, extends.Value.Place);
        }
    }

    private MappingNode ReadExtended(string fullPath, Source source)
    {
        if (files.Count > 0 && !File.Exists(fullPath))
            throw new FactoryException(LayerFaults.ExtendedMissing(files[^1].Extends!, source.Name));
        return YamlFile.Read(fullPath, source);
    }

    private static string Target(Node value)
    {
        if (value is not ScalarNode scalar)
            throw new FactoryException(LayerFaults.ExtendsNotFile(value.Place, NodeText.Describe(value)));
        if (string.IsNullOrWhiteSpace(scalar.Text) || scalar.Text.Any(char.IsControl))
            throw new FactoryException(LayerFaults.ExtendsNotFile(value.Place, NodeText.Quote(scalar.Text)));
        return Path.IsPathRooted(scalar.Text) ? throw new FactoryException(LayerFaults.ExtendsAbsolute(value.Place, scalar.Text)) : scalar.Text;
    }

    private void CheckChain(string fullPath, string name, Place place)
    {
        if (files.Any(f => string.Equals(f.FullPath, fullPath, StringComparison.Ordinal)))
            throw new FactoryException(LayerFaults.Cycle(place, Chain(name)));
        if (files.Count >= MostLevels)
            throw new FactoryException(LayerFaults.TooManyLevels(place, Chain(name)));
    }

    private string Chain(string next) => string.Join(" → ", files.Select(f => f.Source.Name).Append(next));
}

/// <param name="Source">How faults name it.</param>
/// <param name="FullPath">Where it is.</param>
/// <param name="Content">What it says, without <c>extends</c>.</param>
/// <param name="Extends">Where it names the next one.</param>
internal sealed record ChainedFile(Source Source, string FullPath, MappingNode Content, Place? Extends);
