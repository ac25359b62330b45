using ImageFactory.Assembly.Disk;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Bases;

/// <summary>What a base brings to a build: its stages, and where in their outputs lies what it yields.</summary>
/// <param name="Stages">The base's own stages, tools included.</param>
internal abstract record BaseContribution(IReadOnlyList<IStage> Stages);

/// <summary>A base that yields the parts of a system.</summary>
/// <param name="Stages">The base's own stages, tools included.</param>
/// <param name="RootTar">The root file system as a tar: stage and file.</param>
/// <param name="Kernel">The kernel image.</param>
/// <param name="Initrd">The initrd.</param>
/// <param name="KernelVersion">A text file with the kernel's release.</param>
/// <param name="TreeRules">Changes this base makes to the root tree before payload and policy.</param>
internal sealed record SystemContribution(
    IReadOnlyList<IStage> Stages,
    StageFile RootTar,
    StageFile Kernel,
    StageFile Initrd,
    StageFile KernelVersion,
    IBaseTreeRules TreeRules) : BaseContribution(Stages)
{
    /// <summary>What goes on top of everything else in the root tree, in this order.</summary>
    public IReadOnlyList<ITreeLayer> LastLayers { get; init; } = [];

    /// <summary>Makes the disk, where it is not the measured disk of this factory: it keeps a layout and a boot loader of its own.</summary>
    public IStage? OwnDisk { get; init; }
}

/// <summary>A base that yields a whole disk, which is converted (<c>disk.integrity: verity</c>) or kept in its own layout (<c>none</c>).</summary>
/// <param name="Stages">The base's own stages.</param>
/// <param name="Disk">The disk image; its format is known by its first bytes, not by its name.</param>
internal sealed record DiskContribution(IReadOnlyList<IStage> Stages, StageFile Disk) : BaseContribution(Stages)
{
    /// <summary>What the recipe wants done to the system on the disk.</summary>
    public GuestSettings Guest { get; init; } = new();
}

/// <summary>A file in the output of a stage.</summary>
internal sealed record StageFile(string Stage, string Path)
{
    public string In(StageScope scope) => scope.Input(Stage, Path);
}
