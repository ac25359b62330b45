using System.Text.Json;
using ImageFactory.Assembly.SystemSetup;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Disk;

/// <summary>What the recipe says about the system inside, and what every pod VM's root needs.</summary>
/// <param name="keptLayout">The tree goes back to the disk it came from, with its own fstab and boot loader.</param>
internal sealed class SystemLayer(SystemSettings settings, RecipeOrigins origins, bool keptLayout = false) : ITreeLayer
{
    private const string Revision = "1";

    public string Name => "system";

    public void Describe(StageKey key)
    {
        // Kernel arguments go into the UKI, not into the root.
        SystemSettings described = settings with { KernelArguments = [], Files = [.. settings.Files.Select(f => f with { Source = null })], AuthorizedKeys = null };
        key.Add("system-rules", Revision).Add("settings", JsonSerializer.Serialize(described, CanonicalJson.Options));
        if (keptLayout)
            key.Add("layout", "kept");
        foreach (SourcePath file in settings.Files.Select(f => f.Source).Append(settings.AuthorizedKeys).OfType<SourcePath>())
            key.Add("file " + file.Text, Sha256.Of(File.ReadAllBytes(file.FullPath)));
    }

    public Task<IReadOnlyList<Fault>> ApplyAsync(FileTree tree, StageScope scope, CancellationToken cancellation) =>
        Task.FromResult(SystemTree.Apply(tree, settings, origins, keptLayout));
}
