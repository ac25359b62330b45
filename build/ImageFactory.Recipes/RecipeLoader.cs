using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Recipes.Binding;
using ImageFactory.Recipes.Job;
using ImageFactory.Recipes.Layers;
using ImageFactory.Recipes.Writing;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes;

/// <summary>Reads a recipe: its file, what that extends, the environment and the command line, each laid over the one before.</summary>
public static class RecipeLoader
{
    /// <param name="path">The recipe's file. Faults name it as it is given.</param>
    /// <param name="environment">The variables of the process; those that begin with <c>IMAGEFACTORY_</c> set keys.</param>
    /// <param name="sets">What <c>--set</c> was given, in order: <c>key.path=value</c>, <c>list[0]=value</c>, <c>list+=value</c>.</param>
    /// <param name="workingFolder">Where relative paths of the environment and the command line start; the process' own when left out.</param>
    /// <param name="job">The Job's environment, laid between the recipe's files and <paramref name="environment"/>; null outside of a Job.</param>
    /// <exception cref="FactoryException">The recipe is wrong; it holds every fault that was found.</exception>
    public static LoadedRecipe Load(
        string path,
        IReadOnlyDictionary<string, string> environment,
        IReadOnlyList<string> sets,
        string? workingFolder = null,
        JobCall? job = null)
    {
        string folder = Path.GetFullPath(workingFolder ?? ".");
        List<Fault> around = [];
        IReadOnlyList<Assignment> assignments = [.. EnvironmentLayer.Read(environment, folder, around), .. SetOptions.Read(sets, folder, around)];
        FactoryException.ThrowIfAny(around);

        IReadOnlyList<ChainedFile> files = ExtendsChain.Read(path, folder);
        MappingNode merged = MergeFiles(files);
        JobLayer? layer = job is null ? null : JobLayer.Read(job, merged, folder);
        if (layer is { Facts: null })
            throw new FactoryException(layer.Faults);
        if (layer is not null)
        {
            around.AddRange(layer.Faults);
            assignments = [.. layer.Assignments, .. assignments];
        }

        merged = Apply(assignments, merged, around);

        FaultList faults = new([.. files.Select(f => f.Source), .. assignments.Select(a => a.Source)]);
        Binder binder = new(faults);
        Recipe? recipe = binder.Bind<Recipe>(merged);
        List<Fault> found = [.. faults.ToList(), .. around];
        FactoryException.ThrowIfAny(found);

        string home = files[0].Source.Folder;
        return new LoadedRecipe(
            recipe!,
            Origins(binder.Places),
            [.. files.Select(f => f.FullPath)],
            found,
            Sha256.Of(RecipeWriter.ToUtf8(recipe! with { Job = new JobSettings() }, home, indented: false)))
        {
            Job = layer?.Facts,
        };
    }

    private static MappingNode MergeFiles(IReadOnlyList<ChainedFile> files)
    {
        MappingNode merged = LayerMerge.WithoutNulls(files[^1].Content);
        for (int i = files.Count - 2; i >= 0; i--)
            merged = LayerMerge.Merge(merged, files[i].Content);
        return merged;
    }

    private static RecipeOrigins Origins(IReadOnlyDictionary<string, Place> places)
    {
        Dictionary<string, string> origins = new(places.Count, StringComparer.Ordinal);
        foreach ((string path, Place place) in places)
            origins[path] = place.ToString();
        return new RecipeOrigins(origins);
    }

    private static MappingNode Apply(IReadOnlyList<Assignment> assignments, MappingNode recipe, List<Fault> faults)
    {
        foreach (Assignment assignment in assignments)
        {
            try
            {
                recipe = assignment.ApplyTo(recipe);
            }
            catch (FactoryException e)
            {
                faults.AddRange(e.Faults);
            }
        }

        return recipe;
    }
}
