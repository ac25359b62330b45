using ImageFactory.Assembly.Bases.Disks;
using ImageFactory.Assembly.SystemSetup.Options;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Disk;

/// <summary>Looks whether the system has what an option needs; its overlay tree is the next layer.</summary>
/// <param name="place">Where the recipe chooses the option.</param>
internal sealed class OptionLayer(SystemOption option, string place) : ITreeLayer
{
    private const string Revision = "1";

    public string Name => "option " + option.Name;

    public void Describe(StageKey key) =>
        key.Add("option-rules", Revision).Add("needs", option.Facts.Needs.Select(n => n.Path)).Add("kernel-options", option.Facts.KernelOptions);

    public Task<IReadOnlyList<Fault>> ApplyAsync(FileTree tree, StageScope scope, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<Fault>>([.. Check(tree).Select(f => f.At(place))]);

    internal IEnumerable<Fault> Check(FileTree tree)
    {
        foreach (OptionNeed need in option.Facts.Needs.Where(n => tree.Find(n.Path) is null))
            yield return OptionFaults.Missing(option.Key, need);
        if (option.Facts.KernelOptions.Count == 0)
            yield break;

        string? version = GuestKernel.Versions(tree).Order(Comparer<string>.Create(GuestKernel.Compare)).LastOrDefault();
        string[] lines = version is null ? [] : ConfigurationOf(tree, version)?.Split('\n') ?? [];
        foreach (string wanted in option.Facts.KernelOptions.Where(o => !lines.Contains(o + "=y")))
            yield return lines.Length == 0 ? OptionFaults.KernelUnknown(option.Key, wanted) : OptionFaults.KernelWithout(option.Key, version!, wanted);
    }

    private static string? ConfigurationOf(FileTree tree, string version) =>
        tree.ReadText($"/usr/lib/modules/{version}/config") ?? tree.ReadText($"/boot/config-{version}");
}
