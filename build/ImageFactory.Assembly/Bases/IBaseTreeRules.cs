using ImageFactory.Assembly.Tree;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Bases;

/// <summary>What a kind of base takes out of or changes in its root file system; runs inside the stage that assembles the root.</summary>
internal interface IBaseTreeRules
{
    /// <summary>Stages whose outputs it reads.</summary>
    IReadOnlyList<string> After { get; }

    void Describe(StageKey key);

    Task ApplyAsync(FileTree tree, StageScope scope, CancellationToken cancellation);
}
