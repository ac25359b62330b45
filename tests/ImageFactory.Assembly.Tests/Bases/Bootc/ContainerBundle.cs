using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Assembly.Bundles;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Registry;
using ImageFactory.Registry.Carrying;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

/// <summary>Packs what a base of containers is made of, as the verb does, into a bundle in a folder, and opens that.</summary>
internal static class ContainerBundle
{
    public const string FileName = "b.tar";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <returns>The scope of the stage that took the system out of the container; null where a registry has all of it, and no engine was asked.</returns>
    public static async Task<(StageScope? System, BundleContents Bundle)> PackAsync(BootcWorkshop shop, BootcBase settings, TemporaryFolder folder)
    {
        SystemContribution brought = await shop.ContributeAsync(BootcWorkshop.RecipeOf(settings));
        foreach (IStage stage in brought.Stages.Where(s => s.Name.StartsWith("resolve-base", StringComparison.Ordinal)))
            await shop.RunAsync(stage);
        SaveContainerStage? save = brought.Stages.OfType<SaveContainerStage>().SingleOrDefault();
        StageScope? system = null;
        if (save is not null)
        {
            system = await shop.RunAsync(brought.Stages.OfType<BootcSystemStage>().Single());
            await shop.RunAsync(save);
        }

        using RegistryClient client = new RegistryAccess(shop.Registry, TimeProvider.System).Open();
        BundleContents bundle = await WriteAsync(folder, async writer =>
        {
            if (save is not null)
            {
                (string id, string archive) = SaveContainerStage.Read(shop.OutputOf(save.Name));
                await writer.AddContainerAsync(BundledContainer.Base, id, archive, Token);
            }

            foreach (PinnedImage local in brought.Stages.OfType<PinLocalImageStage>().Select(s => PinnedImage.Read(shop.OutputOf(s.Name))))
                await writer.AddContainerAsync(local.Reference, local.Manifest, null, Token);
            foreach (ResolveImageStage stage in brought.Stages.OfType<ResolveImageStage>())
            {
                PinnedImage pinned = PinnedImage.Read(shop.OutputOf(stage.Name));
                ImageReference reference = ImageReference.Parse(pinned.Reference).At(ContentDigest.Parse(pinned.Digest));
                writer.AddImage(await ImageCollector.CollectAsync(client, reference, Architecture.X64, !stage.IsNamedOnly, Token));
            }
        });
        return (system, bundle);
    }

    public static async Task<BundleContents> WriteAsync(TemporaryFolder folder, Func<BundleWriter, Task> fill)
    {
        string path = folder[FileName];
        string recipe = folder.Write("recipe.yaml", "name: my\n");
        BundleWriter writer = new("1", 1_750_000_000);
        writer.AddFile(recipe, "recipe.yaml");
        await fill(writer);
        await using (FileStream file = File.Create(path))
            await writer.WriteAsync(recipe, file, Token);
        BundleReader reader = new(path, Directory.CreateDirectory(folder["unpacked"]), Directory.CreateDirectory(folder["cache"]));
        await using FileStream made = File.OpenRead(path);
        return new BundleContents(path, await reader.ReadAsync(made, Token), reader.Contents);
    }
}
