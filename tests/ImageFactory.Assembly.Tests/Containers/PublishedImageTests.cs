using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Publishing;
using ImageFactory.Publishing.Running;

namespace ImageFactory.Assembly.Tests.Containers;

/// <summary>What destinations push is what base <c>oci</c> reads.</summary>
public sealed class PublishedImageTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_base_reads_the_disk_that_was_published(bool artifact)
    {
        await using Warehouse warehouse = await Warehouse.OpenAsync();
        byte[] disk = new byte[5 << 20];
        new Random(3).NextBytes(disk.AsSpan(1 << 20, 900_000));
        (disk[510], disk[511]) = (0x55, 0xaa);
        string file = Path.Combine(warehouse.Root, "disk.raw");
        await File.WriteAllBytesAsync(file, disk, TestContext.Current.CancellationToken);

        string image = $"{warehouse.Host}/x:1";
        await PublishAsync(warehouse, artifact ? new OciArtifactDestination { Image = image } : new OciImageDestination { Image = image }, file);
        string fetched = await warehouse.FetchDiskAsync(artifact ? "podvm.qcow2" : null);

        using IExtentSource back = DiskImage.Open(fetched);
        byte[] bytes = new byte[back.Length];
        back.Read(0, bytes);
        Assert.Equal(disk, bytes);
    }

    private static async Task PublishAsync(Warehouse warehouse, Destination destination, string file)
    {
        Silence quiet = new();
        PublishSurroundings surroundings = new()
        {
            Environment = new Dictionary<string, string>(),
            Time = TimeProvider.System,
            Processors = 1,
            Reporter = quiet,
            Programs = new ProgramRunner(ProgramEnvironment.From(new Dictionary<string, string>()), quiet, TimeProvider.System),
            Conceal = _ => { },
            Registries = warehouse.Access.Settings,
        };
        DestinationSetting setting = new(destination, "tester", "recipe.yaml:1:1", surroundings);
        await using PreparedDestination prepared = new("registry", setting, PublisherKinds.Of(destination).Create(setting));
        ImageDescription description = new() { Recipe = "sample", RecipeDigest = Sha256.Of("recipe"), Architecture = Architecture.X64 };
        PublishRun run = new(Path.Combine(warehouse.Root, "journals"), quiet, TimeProvider.System);
        DestinationResult result = Assert.Single(await run.PublishAsync([prepared], new PublishableImage(description, file, Sha256.Of("image")), stopAtFirst: false, TestContext.Current.CancellationToken));
        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
    }
}
