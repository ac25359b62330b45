using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using LibGuestFs.Net;

namespace ImageFactory.Assembly.Bases.Disks;

/// <summary>Takes the system off a disk: its whole tree as a tar with owners, attributes and labels, and what it boots. The disk is only read.</summary>
internal sealed class ReadSystemStage(StageFile disk, GuestBoot boot, Integrity integrity, Architecture architecture) : IStage
{
    private const string Revision = "1";

    public const string StageName = "base-system";
    public const string TarFile = "root.tar";
    public const string KernelFile = "vmlinuz";
    public const string KernelVersionFile = "kernel-version";

    /// <summary>The vendor's EFI system partition, for a vendor's UKI.</summary>
    public const string EspFolder = "esp";

    /// <summary>Where in it the UKI lies.</summary>
    public const string UkiPathFile = "uki-path";

    /// <summary>What only a running system has.</summary>
    private static readonly string[] Excluded = ["./proc/*", "./sys/*", "./dev/*", "./run/*", "./tmp/*", "./var/tmp/*"];

    public string Name => StageName;

    public IReadOnlyList<string> After => [disk.Stage];

    public void Describe(StageKey key) =>
        key.Add("revision", Revision).Add("boot", integrity == Integrity.None ? "kept" : boot.ToString()).Add("architecture", architecture.ToString()).Add("excluded", Excluded);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        string image = disk.In(scope);
        string tar = scope.OutputFile(TarFile);
        using (Guest guest = await Guest.OpenAsync(scope, image, architecture, readOnly: true, network: false, cancellation).ConfigureAwait(false))
        {
            await guest.DoAsync(g => g.TarOutAsync("/", tar, new TarOptions { Exclude = Excluded }, cancellation)).ConfigureAwait(false);
            await guest.DoAsync(g => g.ShutdownAsync(cancellation)).ConfigureAwait(false);
        }

        if (integrity == Integrity.None)
            return;
        FileTree tree = TarTreeReader.Read(tar, "the base's root file system", TarReadRules.Base, cancellation).Tree;
        if (boot == GuestBoot.VendorUki)
            await TakeUkiAsync(scope, tree, image, cancellation).ConfigureAwait(false);
        else
            await TakeKernelAsync(scope, tree, image, cancellation).ConfigureAwait(false);
    }

    private static async Task TakeKernelAsync(StageScope scope, FileTree tree, string image, CancellationToken cancellation)
    {
        GuestKernel kernel = GuestKernel.Newest(tree) ?? throw new FactoryException(GuestFaults.NoKernel(image));
        if (tree.Find("/usr/bin/dracut") is null && tree.Find("/usr/sbin/dracut") is null)
            throw new FactoryException(GuestFaults.NoDracut(image));
        await CopyAsync(tree, kernel.Path, scope.OutputFile(KernelFile), cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(KernelVersionFile), kernel.Version + "\n", cancellation).ConfigureAwait(false);
    }

    private static async Task TakeUkiAsync(StageScope scope, FileTree tree, string image, CancellationToken cancellation)
    {
        string esp = scope.OutputFile(EspFolder);
        foreach (TreeItem file in VendorEsp.Files(tree))
        {
            string target = Path.Combine(esp, file.Path[(VendorEsp.MountPoint.Length + 1)..]);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await CopyAsync(tree, file.Path, target, cancellation).ConfigureAwait(false);
        }

        string[] ukis = [.. VendorEsp.Ukis(esp)];
        if (ukis.Length == 0)
            throw new FactoryException(GuestFaults.NoUki(image));
        if (ukis.Length > 1)
            throw new FactoryException(GuestFaults.SeveralUkis(image, ukis));
        await File.WriteAllTextAsync(scope.OutputFile(UkiPathFile), ukis[0], cancellation).ConfigureAwait(false);
    }

    private static async Task CopyAsync(FileTree tree, string path, string target, CancellationToken cancellation)
    {
        await using Stream source = tree.Find(path)!.Content.Open();
        await using FileStream copy = File.Create(target);
        await source.CopyToAsync(copy, cancellation).ConfigureAwait(false);
    }
}
