using ImageFactory.Assembly.Packages;
using ImageFactory.Assembly.Tree;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Bases.Debian.Unpacked;

/// <summary>
/// Makes a root file system for a machine whose programs do not run here: the locked packages are unpacked side by side, and what their
/// scripts would do is done by <see cref="PackageScripts"/>. No emulator, no privileges.
/// </summary>
internal sealed class UnpackedRootStage(string packagesStage, PackageArchives archives, string kernelPackage, long epoch) : IStage
{
    private const string Revision = "1";

    public string Name => RootFileSystemStage.StageName;

    public IReadOnlyList<string> After => [packagesStage, ToolSet.Image.Name];

    public void Describe(StageKey key) => key.Add("revision", Revision).Add("epoch", epoch);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        IReadOnlyList<LockedPackage> packages = await SelectPackagesStage.ReadAsync(scope, packagesStage, cancellation).ConfigureAwait(false);
        PackageCache cache = new(scope, archives);
        await cache.EnsureAsync(packages, cancellation).ConfigureAwait(false);
        UnpackedPackages unpacked = await UnpackedPackages.ReadAsync(scope, cache, packages, cancellation).ConfigureAwait(false);

        PackageScripts.Apply(unpacked);
        Toolbox tools = new(scope.Inputs[ToolSet.Image.Name]);
        string version = KernelModules.VersionIn(unpacked.Tree, kernelPackage);
        await KernelModules.IndexAsync(unpacked.Tree, version, scope, tools, cancellation).ConfigureAwait(false);

        await using Stream file = scope.CreateOutputFile(RootFileSystemStage.TarFile);
        TarTreeWriter.Write(unpacked.Tree, file, epoch, cancellation);
    }
}
