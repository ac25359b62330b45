using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Bases;

/// <summary>What a base brings to a build: its stages, and where in their outputs the parts of the system lie.</summary>
/// <param name="Stages">The base's own stages, tools included.</param>
/// <param name="RootTar">The root file system as a tar: stage and file.</param>
/// <param name="Kernel">The kernel image.</param>
/// <param name="Initrd">The initrd.</param>
/// <param name="KernelVersion">A text file with the kernel's release.</param>
/// <param name="TreeRules">Changes this base makes to the root tree before payload and policy.</param>
internal sealed record BaseContribution(
    IReadOnlyList<IStage> Stages,
    StageFile RootTar,
    StageFile Kernel,
    StageFile Initrd,
    StageFile KernelVersion,
    IBaseTreeRules TreeRules);

/// <summary>A file in the output of a stage.</summary>
internal sealed record StageFile(string Stage, string Path)
{
    public string In(StageScope scope) => scope.Input(Stage, Path);
}
