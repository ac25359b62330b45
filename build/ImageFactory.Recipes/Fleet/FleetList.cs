using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Recipes.Binding;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Fleet;

/// <summary>The images that a fleet of Jobs makes: the key <c>fleet</c> of a YAML file, a list of entries.</summary>
public sealed record FleetList(IReadOnlyList<FleetEntry> Entries)
{
    /// <summary>So many results, each of its largest size, fit into one ConfigMap (1 MiB).</summary>
    public const int MostEntries = 1000;

    private const string Key = "fleet";
    private const string Example = "{ name: debian-aws, recipe: debian.yaml, architecture: x86_64 }";

    /// <summary>The entries of one architecture; a Job's index counts them from 0.</summary>
    public IReadOnlyList<FleetEntry> Of(Architecture architecture) => [.. Entries.Where(e => e.Architecture == architecture)];

    /// <param name="file">As the user named it; faults name it so.</param>
    /// <param name="folder">Where a relative path starts.</param>
    /// <exception cref="FactoryException">The list is wrong; it holds every fault that was found. Recipes are not looked into.</exception>
    public static FleetList Read(string file, string folder)
    {
        FleetList list = Read(file, folder, out IReadOnlyList<Fault> faults);
        FactoryException.ThrowIfAny(faults);
        return list;
    }

    /// <summary>The same with the recipes of all entries.</summary>
    /// <param name="environment">As for a recipe.</param>
    /// <exception cref="FactoryException">Everything that is wrong with the list and with the recipes of its sound entries.</exception>
    public static FleetList Check(string file, string folder, IReadOnlyDictionary<string, string> environment)
    {
        FleetList list = Read(file, folder, out IReadOnlyList<Fault> faults);
        List<Fault> all = [.. faults];
        foreach (FleetEntry entry in list.Entries.Where(e => File.Exists(e.Recipe.FullPath)))
        {
            try
            {
                FleetRecipe.Load(entry, environment);
            }
            catch (FactoryException e)
            {
                all.AddRange(e.Faults);
            }
        }

        FactoryException.ThrowIfAny(all);
        return list;
    }

    private static FleetList Read(string file, string folder, out IReadOnlyList<Fault> faults)
    {
        string path = Path.GetFullPath(file, folder);
        if (!File.Exists(path))
            throw new FactoryException(FleetFaults.NoList(file));
        Source source = new(file, Path.GetDirectoryName(path)!);
        return Bind(YamlFile.Read(path, source), source, out faults);
    }

    /// <returns>The entries that are sound.</returns>
    internal static FleetList Bind(MappingNode content, Source source, out IReadOnlyList<Fault> faults)
    {
        FaultList found = new([source]);
        foreach (Entry other in content.Entries.Where(e => e.Key != Key))
            found.Add(other.KeyPlace, BindingFaults.UnknownKey(other.Key, [Key]));

        List<FleetEntry> entries = [];
        switch (content.Find(Key)?.Value)
        {
            case null:
                found.Add(content.Place, BindingFaults.MissingKey(Key, "", $"{Key}: [{Example}]"));
                break;
            case SequenceNode list:
                if (list.Items.Count is 0 or > MostEntries)
                    found.Add(list.Place, FleetFaults.Size(list.Items.Count, MostEntries));
                entries.AddRange(list.Items.Take(MostEntries).Select((item, i) => BindEntry(item, i, source, found)).OfType<FleetEntry>());
                CheckNames(list, found);
                break;
            case Node other:
                found.Add(other.Place, BindingFaults.WrongType(Key, "a list", other, $"for example [{Example}]"));
                break;
        }

        faults = found.ToList();
        return new FleetList(entries);
    }

    private static FleetEntry? BindEntry(Node item, int index, Source source, FaultList faults)
    {
        if (item is not MappingNode mapping)
        {
            faults.Add(item.Place, BindingFaults.WrongType(string.Create(CultureInfo.InvariantCulture, $"{Key}[{index}]"), "a mapping", item, $"for example {Example}"));
            return null;
        }

        Binder binder = new(faults);
        return binder.Bind<FleetEntry>(mapping) is not { } entry ? null : entry with
        {
            Place = mapping.Place.ToString(),
            Folder = source.Folder,
            SetPlaces = [.. entry.Set.Select((_, i) => (binder.Places.GetValueOrDefault(string.Create(CultureInfo.InvariantCulture, $"set[{i}]")) ?? mapping.Place).ToString())],
        };
    }

    /// <summary>Also of entries that are wrong otherwise.</summary>
    private static void CheckNames(SequenceNode list, FaultList faults)
    {
        Dictionary<string, Place> first = new(StringComparer.Ordinal);
        foreach (ScalarNode name in list.Items.OfType<MappingNode>().Select(e => e.Find("name")?.Value).OfType<ScalarNode>().Where(n => !n.IsNull))
        {
            if (!first.TryAdd(name.Text, name.Place))
                faults.Add(name.Place, FleetFaults.SameName(name.Text, first[name.Text].ToString()));
        }
    }
}
