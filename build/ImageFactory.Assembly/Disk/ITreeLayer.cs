using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Disk;

/// <summary>Something that goes on top of the root tree, in a fixed order: overlay trees, payload, agent policy, system settings.</summary>
internal interface ITreeLayer
{
    string Name { get; }

    /// <summary>Stages whose outputs it reads.</summary>
    IReadOnlyList<string> After => [];

    /// <summary>Everything that decides what the layer does; files by their digest.</summary>
    void Describe(StageKey key);

    /// <returns>Warnings and errors; all layers are applied before an error ends the stage, so that all faults are seen at once.</returns>
    Task<IReadOnlyList<Fault>> ApplyAsync(FileTree tree, StageScope scope, CancellationToken cancellation);
}
