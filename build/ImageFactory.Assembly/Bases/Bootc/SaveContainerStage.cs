using ImageFactory.Assembly.Bases.Bootc.Engine;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>Takes the container that the system was taken out of as an archive: for a bundle, where no registry has it. No build comes here.</summary>
internal sealed class SaveContainerStage(BootcImage image, EngineAccess access) : IStage
{
    private const string Revision = "1";
    private const string ArchiveFile = "container.tar";
    private const string IdFile = BootcSystemStage.ImageIdFile;

    public const string StageName = "save-container";

    public string Name => StageName;

    public IReadOnlyList<string> After => [.. image.After.Prepend(BootcSystemStage.StageName)];

    public static (string Id, string Archive) Read(DirectoryInfo output) =>
        (File.ReadAllText(Path.Combine(output.FullName, IdFile)).Trim(), Path.Combine(output.FullName, ArchiveFile));

    public void Describe(StageKey key) => key.Add("revision", Revision);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        EngineLog log = new(scope.Log);
        IContainerEngine engine = await access.OpenAsync(scope, cancellation).ConfigureAwait(false);
        string id = await image.FindAgainAsync(engine, scope, log, cancellation).ConfigureAwait(false);
        await using (Stream target = scope.CreateOutputFile(ArchiveFile))
            await engine.SaveAsync(id, target, done => scope.Log.Progress(done, 0, "bytes"), cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(IdFile), id + "\n", cancellation).ConfigureAwait(false);
    }
}
