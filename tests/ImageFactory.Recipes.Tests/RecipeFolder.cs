using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Recipes.Tests;

/// <summary>A folder of recipes that goes when the test ends. Recipes are loaded by their names in it, so that faults read the same everywhere.</summary>
internal sealed class RecipeFolder : IDisposable
{
    /// <summary>The smallest recipe there is.</summary>
    public const string Smallest = "name: podvm\nbase: { kind: debian }\n";

    public string Path { get; } = Directory.CreateTempSubdirectory("recipes-").FullName;

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        string path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public LoadedRecipe Load(string name, params string[] sets) => LoadWith(name, [], sets);

    public LoadedRecipe LoadWith(string name, Dictionary<string, string> environment, params string[] sets) =>
        RecipeLoader.Load(name, environment, sets, Path);

    /// <summary>Loads a single recipe.</summary>
    public LoadedRecipe LoadText(string text, params string[] sets)
    {
        Write("a.yaml", text);
        return Load("a.yaml", sets);
    }

    public IReadOnlyList<Fault> FaultsOf(string text, params string[] sets)
    {
        Write("a.yaml", text);
        return Assert.Throws<FactoryException>(() => Load("a.yaml", sets)).Faults;
    }

    public Fault FaultOf(string text, params string[] sets) => Assert.Single(FaultsOf(text, sets));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
