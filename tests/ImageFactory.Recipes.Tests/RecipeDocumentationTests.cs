using ImageFactory.Recipes.Documentation;

namespace ImageFactory.Recipes.Tests;

public sealed class RecipeDocumentationTests
{
    private static readonly string Recipes = Path.Combine(Approved.Root, "recipes");

    [Fact]
    public void The_schema_that_is_checked_in_is_the_one_of_the_records() =>
        Approved.EqualFile(Path.Combine(Recipes, "recipe.schema.json"), RecipeSchema.ToJson());

    [Fact]
    public void The_reference_in_the_readme_is_the_one_of_the_records()
    {
        string page = Path.Combine(Recipes, "README.md");

        Approved.EqualFile(page, RecipeReference.Update(File.ReadAllText(page)));
    }

    [Fact]
    public void Writing_the_reference_again_changes_nothing()
    {
        string once = RecipeReference.Update(File.ReadAllText(Path.Combine(Recipes, "README.md")));

        Assert.Equal(once, RecipeReference.Update(once));
    }
}
