using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Tests;

public sealed class RecipeLoaderTests
{
    [Fact]
    public void A_small_recipe_is_read_with_defaults()
    {
        using RecipeFolder folder = new();
        folder.Write("a.yaml", "name: podvm\nbase: { kind: debian, packages: [systemd] }\ndisk:\n  root: ext4\n");

        LoadedRecipe loaded = folder.Load("a.yaml");

        Assert.Equal("podvm", loaded.Recipe.Name);
        Assert.Equal(["systemd"], Assert.IsType<DebianBase>(loaded.Recipe.Base).Packages);
        Assert.Equal("trixie", ((DebianBase)loaded.Recipe.Base).Suite);
        Assert.Equal(RootFileSystem.Ext4, loaded.Recipe.Disk.Root);
        Assert.Equal(Integrity.Verity, loaded.Recipe.Disk.Integrity);
        Assert.Equal("a.yaml:4:9", loaded.Origins.Of("disk.root"));
    }
}
