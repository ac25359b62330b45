using ImageFactory.Assembly.Bases.Debian;
using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.SystemSetup.Options;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Bases.Disks;

/// <summary>From a base that yields a disk to the parts of a system, whichever kind of base it was.</summary>
internal static class DiskConversion
{
    /// <summary>The parts of the system on the disk. A kept disk has no use for a kernel and an initrd of ours: the stages that would are left out.</summary>
    public static SystemContribution Convert(Recipe recipe, DiskContribution contribution, BaseSurroundings surroundings, IReadOnlyList<SystemOption> options)
    {
        GuestSettings guest = contribution.Guest;
        StageFile disk = CustomisedDisk(contribution, options);
        List<IStage> stages = [.. contribution.Stages, .. DebianBaseKind.ToolStages(surroundings)];
        if (CustomiseDiskStage.IsNeeded(guest, options))
            stages.Add(new CustomiseDiskStage(contribution.Disk, guest, options, recipe.Architecture));
        stages.Add(new ReadSystemStage(disk, guest.Boot, recipe.Disk.Integrity, recipe.Architecture));
        StageFile tar = new(ReadSystemStage.StageName, ReadSystemStage.TarFile);
        StageFile version = new(ReadSystemStage.StageName, ReadSystemStage.KernelVersionFile);
        if (!IsKept(recipe) && guest.Boot == GuestBoot.Kernel)
            stages.Add(new InitrdStage(guest.Initrd, recipe.SourceDateEpoch, surroundings.AsRoot, tar, version));
        bool kept = IsKept(recipe);
        return new SystemContribution(
            stages,
            tar,
            new StageFile(InitrdStage.StageName, InitrdStage.KernelFile),
            new StageFile(InitrdStage.StageName, InitrdStage.InitrdFile),
            version,
            kept ? new NoTreeRules() : new GuestTreeRules())
        {
            LastLayers = kept ? [new BootEntriesLayer(recipe, surroundings.Origins), new SelinuxLayer()] : [new SelinuxLayer()],
            OwnDisk = kept ? new KeptDiskStage(recipe.Disk, recipe.Architecture, disk, tar, recipe.SourceDateEpoch) : null,
        };
    }

    /// <summary>The system on the disk with what an option asks of its initrd.</summary>
    /// <exception cref="FactoryException">IFA336: the initrd is not ours to make.</exception>
    public static GuestSettings Extend(Recipe recipe, GuestSettings guest, SystemOption option)
    {
        string? why = IsKept(recipe) ? "the disk keeps its own" : guest.Boot == GuestBoot.VendorUki ? "the vendor's UKI has its own" : null;
        if (why is not null && option.Facts.DracutModules.Count > 0)
            throw new FactoryException(OptionFaults.OwnInitrd(option.Key, option.Facts.DracutModules, why));
        return guest with { Initrd = guest.Initrd.With(option) };
    }

    /// <summary>Whether the disk keeps its own layout.</summary>
    public static bool IsKept(Recipe recipe) => recipe.Disk.Integrity == Integrity.None;

    /// <summary>The disk after the system's own package manager had its turn.</summary>
    public static StageFile CustomisedDisk(DiskContribution contribution, IReadOnlyList<SystemOption> options) =>
        CustomiseDiskStage.IsNeeded(contribution.Guest, options) ? new StageFile(CustomiseDiskStage.StageName, CustomiseDiskStage.DiskFile) : contribution.Disk;
}
