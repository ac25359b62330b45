using ImageFactory.Model;

namespace ImageFactory.Recipes.Tests;

/// <summary>What an author reads. The recipes in <c>Data</c> hold the mistakes that people make.</summary>
public sealed class FaultTextTests
{
    private static readonly string Data = Path.Combine(Approved.Root, "tests", "ImageFactory.Recipes.Tests", "Data");

    public static TheoryData<string> Recipes => [.. Directory.GetFiles(Data, "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Order()];

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Faults_read_as_approved(string recipe)
    {
        FactoryException refused = Assert.Throws<FactoryException>(() => RecipeLoader.Load($"{recipe}.yaml", new Dictionary<string, string>(), [], Data));

        Approved.Equal($"{recipe}.faults.txt", refused.Message + "\n");
    }

    [Fact]
    public void Faults_come_in_the_order_of_the_lines()
    {
        FactoryException refused = Assert.Throws<FactoryException>(() => RecipeLoader.Load("keys.yaml", new Dictionary<string, string>(), [], Data));

        int[] lines = [.. refused.Faults.Select(f => int.Parse(f.Where!.Split(':')[1], null))];
        Assert.Equal(lines.Order(), lines);
    }
}
