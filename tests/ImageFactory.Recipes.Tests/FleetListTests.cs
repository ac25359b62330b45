using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Recipes.Fleet;

namespace ImageFactory.Recipes.Tests;

public sealed class FleetListTests : IDisposable
{
    private const string Recipe = """
        name: podvm
        base: { kind: oci, image: "registry.example.com/podvm:1", asIs: true }
        publish:
          - { kind: directory, path: out }
          - { kind: ami, region: eu-central-1 }
          - { kind: gcp-image, project: pods-1234, location: europe-west4, bucket: "my bucket" }
          - { kind: ami, region: us-east-1 }
        """;

    private static readonly Dictionary<string, string> Nothing = [];

    private readonly RecipeFolder folder = new();

    public FleetListTests() => folder.Write("recipes/a.yaml", Recipe.Replace("my bucket", "my-bucket", StringComparison.Ordinal));

    [Fact]
    public void A_job_s_index_counts_the_entries_of_its_architecture_in_the_order_of_the_list()
    {
        FleetList list = Read("""
            fleet:
              - { name: one, recipe: recipes/a.yaml, architecture: x86_64, provider: aws }
              - { name: two, recipe: recipes/a.yaml, architecture: s390x, set: [architecture=s390x] }
              - { name: three, recipe: recipes/a.yaml, architecture: x86_64 }
            """);

        Assert.Equal(["one", "three"], list.Of(Architecture.X64).Select(e => e.Name));
        FleetEntry two = Assert.Single(list.Of(Architecture.S390x));
        Assert.Equal(("two", null, "fleet.yaml:3:5"), (two.Name, two.Provider, two.Place));
        Assert.Equal(Path.Combine(folder.Path, "recipes", "a.yaml"), two.Recipe.FullPath);
    }

    [Fact]
    public void Everything_that_is_wrong_with_a_list_and_its_recipes_is_told_at_once_with_its_line()
    {
        folder.Write("recipes/bad.yaml", "name: podvm\nbase: { kind: debain }\n");
        folder.Write("fleet.yaml", """
            fleet:
              - { name: one, recipe: recipes/nowhere.yaml, architecture: x86_64 }
              - { name: two, recipe: recipes/a.yaml, architecture: arm64 }
              - { name: two, recipe: recipes/a.yaml, architecture: x86_64, provider: ibm }
              - { recipe: recipes/a.yaml, architecture: x86_64, name: Three, when: now }
              - four
              - { name: five, recipe: recipes/a.yaml, architecture: s390x }
              - { name: six, recipe: recipes/a.yaml, architecture: x86_64, provider: azure }
              - { name: seven, recipe: recipes/a.yaml, architecture: x86_64, set: [disk.format=raw, disk.formatt=raw] }
              - { name: eight, recipe: recipes/bad.yaml, architecture: x86_64 }
              - { name: nine, recipe: recipes/a.yaml, architecture: x86_64, set: [nonsense] }
            fleets: []
            """);

        IReadOnlyList<Fault> faults = Assert.Throws<FactoryException>(() => FleetList.Check("fleet.yaml", folder.Path, Nothing)).Faults;

        string bad = Path.Combine(folder.Path, "recipes", "bad.yaml");
        Assert.Equal(
            [
                "fleet.yaml:2:26 IFR211", "fleet.yaml:3:56 IFR204", "fleet.yaml:4:13 IFJ303", "fleet.yaml:4:74 IFR204", "fleet.yaml:5:59 IFR301", "fleet.yaml:5:66 IFR201",
                "fleet.yaml:6:5 IFR203", "fleet.yaml:12:1 IFR201",
                "fleet.yaml:7:5 IFJ304", "fleet.yaml:8:5 IFJ305", "fleet.yaml:9:89 IFR112", $"{bad}:2:15 IFR205", "fleet.yaml:11:71 IFR111",
            ],
            faults.Select(f => $"{f.Where} {f.Code}"));
        Assert.Contains("'eight', fleet.yaml:10:5", faults.Single(f => f.Code == "IFR205").Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fleet: []", "fleet.yaml:1:8 IFJ302")]
    [InlineData("images: []", "fleet.yaml:1:1 IFR201, fleet.yaml:1:1 IFR202")]
    [InlineData("fleet: { a: 1 }", "fleet.yaml:1:8 IFR203")]
    [InlineData("- a", "fleet.yaml:1:1 IFR010")]
    public void What_is_no_list_is_refused(string text, string expected) => Assert.Equal(expected, string.Join(", ", Refused(text)));

    [Fact]
    public void A_list_has_as_many_entries_as_one_config_map_holds_results()
    {
        string entries = string.Concat(Enumerable.Range(0, 1001).Select(i => $"\n  - {{ name: n{i}, recipe: recipes/a.yaml, architecture: x86_64 }}"));

        Assert.Equal(["fleet.yaml:2:3 IFJ302"], Refused("fleet:" + entries));
    }

    [Fact]
    public void A_list_that_is_not_there_is_told_by_its_name() =>
        Assert.Equal(("IFJ301", "nowhere.yaml"), Assert.Throws<FactoryException>(() => FleetList.Read("nowhere.yaml", folder.Path)).Faults.Select(f => (f.Code, f.Where)).Single());

    /// <summary>Kubernetes mounts a ConfigMap as links to files of a folder that it exchanges.</summary>
    [Fact]
    public void A_list_and_a_recipe_behind_links_are_read_whole()
    {
        folder.Write("map/..data/fleet.yaml", "fleet:\n  - { name: one, recipe: a.yaml, architecture: x86_64, provider: gcp }\n");
        folder.Write("map/..data/a.yaml", File.ReadAllText(Path.Combine(folder.Path, "recipes", "a.yaml")));
        foreach (string name in new[] { "fleet.yaml", "a.yaml" })
            File.CreateSymbolicLink(Path.Combine(folder.Path, "map", name), $"..data/{name}");

        FleetEntry entry = Assert.Single(FleetList.Check("map/fleet.yaml", folder.Path, Nothing).Entries);

        Assert.Single(FleetRecipe.Load(entry, Nothing).Recipe.Publish);
    }

    [Fact]
    public void A_provider_keeps_its_own_destinations_with_their_places_and_the_recipe_s_digest()
    {
        FleetList list = Read("fleet:\n  - { name: one, recipe: recipes/a.yaml, architecture: x86_64, provider: aws, set: ['publish[3].region=us-west-2'] }");

        LoadedRecipe narrowed = FleetRecipe.Load(list.Entries[0], Nothing);

        Assert.Equal(["eu-central-1", "us-west-2"], narrowed.Recipe.Publish.Cast<AmiDestination>().Select(d => d.Region));
        Assert.EndsWith("recipes/a.yaml:5:26", narrowed.Origins.Of("publish[0].region"), StringComparison.Ordinal);
        Assert.Equal("--set publish[3].region", narrowed.Origins.Of("publish[1].region"));
        Assert.DoesNotContain(narrowed.Origins.Places.Keys, k => k.StartsWith("publish[2]", StringComparison.Ordinal) || k.StartsWith("publish[3]", StringComparison.Ordinal));
        Assert.Equal(folder.Load("recipes/a.yaml", "publish[3].region=us-west-2").Digest, narrowed.Digest);
    }

    [Fact]
    public void Without_a_provider_all_destinations_stay() =>
        Assert.Equal(4, FleetRecipe.Load(Read("fleet:\n  - { name: one, recipe: recipes/a.yaml, architecture: x86_64 }").Entries[0], Nothing).Recipe.Publish.Count);

    public void Dispose() => folder.Dispose();

    private FleetList Read(string text)
    {
        folder.Write("fleet.yaml", text);
        return FleetList.Check("fleet.yaml", folder.Path, Nothing);
    }

    private IEnumerable<string> Refused(string text)
    {
        folder.Write("fleet.yaml", text);
        return Assert.Throws<FactoryException>(() => FleetList.Read("fleet.yaml", folder.Path)).Faults.Select(f => $"{f.Where} {f.Code}");
    }
}
