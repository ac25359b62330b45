using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Packages;

/// <summary>Asks the archive which packages a <see cref="PackageTree"/> is made of today.</summary>
internal sealed class ResolveTreeStage(PackageTree tree, PackageArchives archives) : IStage
{
    private const string Revision = "1";

    public string Name => $"resolve-{tree.Name}";

    public IReadOnlyList<string> After => [];

    public TimeSpan? MaxAge => TimeSpan.FromDays(1);

    public void Describe(StageKey key) =>
        key.Add("revision", Revision).Add("suite", tree.Suite).Add("architecture", tree.Architecture).Add("packages", tree.Packages)
            .Add("dependencies", tree.WithDependencies ? "yes" : "no").Add("main", archives.Main).Add("keyring", archives.Keyring);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        if (scope.Offline)
            throw new FactoryException(PackageFaults.Offline($"the list of packages of {tree.Name}"));
        PackageRequest request = new()
        {
            Suite = tree.Suite,
            Architecture = tree.Architecture,
            Components = ["main"],
            Security = false,
            Kernel = "",
            Packages = tree.Packages,
        };
        AptResolver apt = await AptResolver.StartAsync(scope, archives, request, cancellation).ConfigureAwait(false);
        IReadOnlyList<LockedPackage> found = tree.WithDependencies
            ? await apt.ResolveAsync(tree.Packages, cancellation).ConfigureAwait(false)
            : await apt.FindAsync(tree.Packages, cancellation).ConfigureAwait(false);
        await SelectPackagesStage.WriteListAsync(scope, found, cancellation).ConfigureAwait(false);
    }
}
