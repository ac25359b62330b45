using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Tree;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Disk;

/// <summary>
/// The root file system as <see cref="AssembleRootStage"/> leaves it: an archive without those contents that lie in the base's, so that nothing large is written twice.
/// </summary>
/// <param name="baseTar">Must be an input of whoever reads.</param>
internal sealed class AssembledRoot(StageFile baseTar)
{
    private const string TarFile = "root.tar";

    /// <summary>The stages that a reader comes after.</summary>
    public IReadOnlyList<string> Stages => [AssembleRootStage.StageName, baseTar.Stage];

    public async Task WriteAsync(FileTree tree, StageScope scope, long epoch, CancellationToken cancellation)
    {
        await using Stream file = scope.CreateOutputFile(TarFile);
        TarTreeWriter.Write(tree, file, epoch, cancellation, baseTar.In(scope));
    }

    /// <param name="shownAs">How faults call it.</param>
    public FileTree Read(StageScope scope, string shownAs, CancellationToken cancellation) =>
        TarTreeReader.Read(scope.Input(AssembleRootStage.StageName, TarFile), shownAs, TarReadRules.Base with { Other = baseTar.In(scope) }, cancellation).Tree;
}
