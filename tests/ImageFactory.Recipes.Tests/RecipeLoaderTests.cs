using System.Diagnostics;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Tests;

public sealed class RecipeLoaderTests : IDisposable
{
    private readonly RecipeFolder folder = new();

    [Fact]
    public void A_small_recipe_is_read_with_defaults()
    {
        LoadedRecipe loaded = folder.LoadText("name: podvm\nbase: { kind: debian, packages: [systemd] }\ndisk:\n  root: ext4\n");

        Assert.Equal("podvm", loaded.Recipe.Name);
        Assert.Equal(["systemd"], Assert.IsType<DebianBase>(loaded.Recipe.Base).Packages);
        Assert.Equal("trixie", ((DebianBase)loaded.Recipe.Base).Suite);
        Assert.Equal(RootFileSystem.Ext4, loaded.Recipe.Disk.Root);
        Assert.Equal(Integrity.Verity, loaded.Recipe.Disk.Integrity);
        Assert.Equal([Path.Combine(folder.Path, "a.yaml")], loaded.Files);
        Assert.Equal(folder.Path, loaded.Folder);
        Assert.Empty(loaded.Warnings);
    }

    [Fact]
    public void Each_value_knows_its_place_and_a_group_that_of_its_key()
    {
        RecipeOrigins origins = folder.LoadText("name: podvm\nbase: { kind: debian, packages: [systemd] }\ndisk:\n  root: ext4\n").Origins;

        Assert.Equal("a.yaml:4:9", origins.Of("disk.root"));
        Assert.Equal("a.yaml:3:1", origins.Of("disk"));
        Assert.Equal("a.yaml:2:34", origins.Of("base.packages[0]"));
        Assert.Equal("a.yaml:3:1", origins.Of("disk.size"));
    }

    [Fact]
    public void Lines_may_end_as_on_windows()
    {
        Recipe recipe = folder.LoadText("name: podvm\r\nbase: { kind: debian }\r\nsystem:\r\n  files:\r\n  - path: /etc/x\r\n    content: |\r\n      a\r\n      b\r\n").Recipe;

        Assert.Equal("a\nb\n", recipe.System.Files[0].Content);
    }

    [Fact]
    public void An_absolute_name_of_the_recipe_gives_absolute_places()
    {
        folder.Write("sub/base.yaml", RecipeFolder.Smallest);
        string path = folder.Write("sub/a.yaml", "extends: base.yaml\n");

        Assert.Equal(Path.Combine(folder.Path, "sub", "base.yaml") + ":1:7", folder.Load(path).Origins.Of("name"));
    }

    [Fact]
    public void Warnings_travel_with_errors_and_without_them()
    {
        string unwise = RecipeFolder.Smallest + "disk: { integrity: none }\n";

        Assert.Equal(["IFR337"], folder.LoadText(unwise).Warnings.Select(w => w.Code));
        Assert.Equal(["IFR337", "IFR201"], folder.FaultsOf(unwise + "x: 1\n").Select(f => f.Code));
    }

    [Fact]
    public void The_exit_code_is_that_of_the_first_error()
    {
        folder.Write("a.yaml", RecipeFolder.Smallest + "agentPolicy: { file: nowhere.rego }\nx: 1\n");

        Assert.Equal(ExitCode.MissingInput, Assert.Throws<FactoryException>(() => folder.Load("a.yaml")).ExitCode);
    }

    [Fact]
    public void A_recipe_is_read_within_milliseconds()
    {
        folder.LoadText(RecipeFolder.Smallest);

        long[] times = [.. Enumerable.Range(0, 51).Select(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            folder.Load("a.yaml");
            return (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }).Order()];

        Assert.True(times[25] < 50, $"half of the runs took more than {times[25]} ms");
    }

    /// <summary>Kubernetes mounts a ConfigMap as links to files of a folder that it exchanges.</summary>
    [Fact]
    public void A_recipe_behind_a_link_is_read_whole()
    {
        folder.Write("..data/long.yaml", RecipeFolder.Smallest + "description: this file is longer than the name that the link has for it\n");
        File.CreateSymbolicLink(Path.Combine(folder.Path, "a.yaml"), "..data/long.yaml");

        Assert.NotNull(folder.Load("a.yaml").Recipe.Description);
    }

    public void Dispose() => folder.Dispose();
}
