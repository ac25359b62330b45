using System.Globalization;
using System.Text;
using System.Text.Json;
using ImageFactory.Assembly;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Containers.Sharing;
using ImageFactory.Build.Hosting;
using ImageFactory.Build.HtmlReport;
using ImageFactory.Build.Reporting;
using ImageFactory.Measurement;
using ImageFactory.Measurement.BootCheck;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Reporting;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Artifacts;
using ImageFactory.Pipeline.Explaining;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Running;
using ImageFactory.Pipeline.Tools;
using ImageFactory.Publishing;
using ImageFactory.Publishing.Running;
using ImageFactory.Registry.References;
using ImageFactory.Trust.Verifying;

namespace ImageFactory.Build.Composition;

/// <summary>Runs the stages of a recipe and leaves what they made.</summary>
internal sealed class BuildAnswers(FactoryOptions options, IReporter reporter, BuildLog log, TimeProvider time)
{
    private const string OnlyStarted = "the disk starts the loader of Secure Execution, which needs IBM's hardware to go on";

    /// <summary>Work folders of all stages together need about this much, twice the size of a root file system and its tar.</summary>
    private const long WorkBytes = 3L << 30;

    public async Task<BuildOutcome> BuildAsync(BuildSession session, bool bootCheck, PublishAnswers? publish, CancellationToken cancellation)
    {
        DateTimeOffset started = time.GetUtcNow();
        string folder = Path.Combine(options.Output, session.FolderName);
        log.Open(Path.Combine(folder, "build.log"));
        foreach (Fault warning in session.Warnings)
            reporter.Report(new Faulted(warning));

        if (publish is not null)
            await publish.CheckAsync(cancellation).ConfigureAwait(false);

        using RunJournal journal = RunJournal.Begin(session.Store, reporter);
        ProgramRunner programs = new(ProgramEnvironment.From(options.Environment), reporter, time, journal);
        using RegistryStore? shared = options.SharedStore is { } place
            ? new RegistryStore(ImageReference.Parse(place), new RegistryAccess(RegistryLocations.Find(options), time), options.SharedStorePatience)
            : null;
        Scheduler scheduler = new(session.Store, journal, programs, reporter, time) { Shared = shared };
        using BuildSigning signing = await BuildSigning.OpenAsync(session.Recipe, options.Environment, programs, cancellation).ConfigureAwait(false);

        // A check that was passed by this very image is told of again; it costs nothing.
        bool checkable = session.Graph.Stages.Any(s => s.Name == BootCheckStage.StageName);
        if (bootCheck && !checkable)
            throw new FactoryException(BuildFaults.NotChecked(options.Recipe));
        bool known = checkable && !bootCheck && Forecast(session, [BootCheckStage.StageName]).All(f => f.Verdict == StageVerdict.Reuse);
        using RunResult image = await RunAsync(session.Goals).ConfigureAwait(false);
        image.ThrowIfFailed();
        BootCheckFacts facts = checkable ? new("not-run", "ask for it with --target BootCheck") : new("not-run", "the image was taken as it is");
        RunResult? checking = null;
        try
        {
            if (bootCheck || known)
            {
                checking = await RunAsync([.. session.Goals, BootCheckStage.StageName]).ConfigureAwait(false);
                facts = FactsOf(checking);
            }

            RunResult run = checking is { Succeeded: true } ? checking : image;
            Manifest manifest = await DeliverAsync(session, run, signing, journal, folder, facts, started, [], cancellation).ConfigureAwait(false);
            if (publish is null)
                return new BuildOutcome(Summary(session, manifest, signing, folder, facts, []), manifest, folder, []);

            ImageSigning? imageSigning = signing.Signer is { } signer ? new ImageSigning(signer, subjects => BuildSigning.ProvenanceOf(subjects, manifest, run)) : null;
            IReadOnlyList<DestinationResult> results = await publish.PublishAsync(manifest, imageSigning, folder, cancellation).ConfigureAwait(false);

            // What was published is written down also when the run is being cancelled.
            Manifest published = await DeliverAsync(session, run, signing, journal, folder, facts, started, results, CancellationToken.None).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            return new BuildOutcome(Summary(session, published, signing, folder, facts, results), published, folder, results);
        }
        finally
        {
            checking?.Dispose();
        }

        Task<RunResult> RunAsync(IReadOnlyList<string> goals) => scheduler.RunAsync(session.Graph, RunOptionsFor(goals), cancellation);
    }

    /// <summary>Runs up to one stage for its output alone.</summary>
    public Task<T> ReachAsync<T>(BuildSession session, string goal, Func<StageResult, T> take, CancellationToken cancellation) =>
        ReachAsync(session, [goal], run => take(run[goal]), cancellation);

    /// <summary>Runs up to some stages for their outputs, which are there as long as they are read.</summary>
    public Task<T> ReachAsync<T>(BuildSession session, IReadOnlyList<string> goals, Func<RunResult, T> take, CancellationToken cancellation) =>
        ReachAsync(session, goals, run => Task.FromResult(take(run)), cancellation);

    /// <inheritdoc cref="ReachAsync{T}(BuildSession, IReadOnlyList{string}, Func{RunResult, T}, CancellationToken)"/>
    public async Task<T> ReachAsync<T>(BuildSession session, IReadOnlyList<string> goals, Func<RunResult, Task<T>> take, CancellationToken cancellation)
    {
        using RunJournal journal = RunJournal.Begin(session.Store, reporter);
        ProgramRunner programs = new(ProgramEnvironment.From(options.Environment), reporter, time, journal);
        using RunResult run = await new Scheduler(session.Store, journal, programs, reporter, time).RunAsync(session.Graph, RunOptionsFor(goals), cancellation)
            .ConfigureAwait(false);
        run.ThrowIfFailed();
        return await take(run).ConfigureAwait(false);
    }

    public IReadOnlyList<StageForecast> Forecast(BuildSession session, IReadOnlyList<string> goals) =>
        new Explainer(session.Store, time).Explain(session.Graph, goals, options.Offline);

    private RunOptions RunOptionsFor(IReadOnlyList<string> goals) => new()
    {
        Goals = goals,
        Jobs = options.Jobs,
        Offline = options.Offline,
        WorkRoots = [new WorkRoot("/dev/shm", WorkBytes), new WorkRoot(Path.GetTempPath(), WorkBytes)],
    };

    /// <summary>A check that could not be made is said to be skipped; one that was made and failed ends the run.</summary>
    private static BootCheckFacts FactsOf(RunResult run)
    {
        if (run.Succeeded)
        {
            BootCheckResult result = JsonSerializer.Deserialize<BootCheckResult>(
                File.ReadAllText(Path.Combine(run[BootCheckStage.StageName].Output!.FullName, BootCheckStage.ResultFile)))!;
            return new BootCheckFacts("passed", result.Report is null ? OnlyStarted : null, result.Accelerator, result.Seconds)
            {
                Firmware = ImageBuild.ReadToolVersions(run[ToolSet.Boot.Name].Output!).GetValueOrDefault("ovmf"),
                Registers = result.Registers?.Where(r => r.Key < 16).ToDictionary(r => Register.Pcr(r.Key).ToString(), r => r.Value),
                Confirmed = result.Equal,
                PredictionSeconds = result.PredictionSeconds,
            };
        }

        if (run[ToolSet.Boot.Name].Outcome == StageOutcome.Failed && run.Faults.FirstOrDefault(f => f.Severity == Severity.Error) is { ExitCode: ExitCode.Unavailable } missing)
            return new BootCheckFacts("skipped", $"QEMU and swtpm could not be had: {missing.Message}");
        run.ThrowIfFailed();
        throw new OperationCanceledException();
    }

    private async Task<Manifest> DeliverAsync(
        BuildSession session, RunResult run, BuildSigning signing, RunJournal journal, string folder, BootCheckFacts bootCheck, DateTimeOffset started,
        IReadOnlyList<DestinationResult> results, CancellationToken cancellation)
    {
        StageResult disk = run[ImageBuild.Goal];
        string source = Path.Combine(disk.Output!.FullName, session.Image.ImageFile);
        Sha256 digest = disk.Entry!.Files.First(f => f.Path == session.Image.ImageFile).Digest!.Value;
        List<(string Path, ManifestArtifact Artifact)> files = [(source, new ManifestArtifact(session.Image.ImageFile, "disk", new FileInfo(source).Length, digest))];
        files.AddRange(FilesOf(run, MeasureStage.StageName, MeasureStage.KindOf));
        files.AddRange(FilesOf(run, ImageBuild.ListingGoal, _ => ImageBuild.ListingKind));
        files.AddRange(SecureFiles(run));
        Manifest manifest = ManifestBuilder.Build(session, run, [.. files.Select(f => f.Artifact)], new ManifestRun
        {
            Started = started,
            Seconds = Math.Round((time.GetUtcNow() - started).TotalSeconds, 2),
            FactoryVersion = FactoryHost.Version,
            Stages = ManifestBuilder.StageRuns(run, started),
            Warnings = [.. session.Warnings.Concat(run.Faults).Where(f => f.Severity == Severity.Warning).Select(f => options.Secrets.Apply(f.ToString())).Distinct()],
            BootCheck = bootCheck,
            Publications = [.. results.Select(r => r.Publication).OfType<Publication>()],
            // Services repeat in their refusals what they were sent, and the manifest goes to everybody.
            FailedPublications = [.. results.Where(r => !r.Succeeded).Select(r => new FailedPublication(r.Label, [.. r.Faults.Select(f => options.Secrets.Apply(f.ToString()))]))],
            Recipe = RecipeValues.Of(session.Loaded),
        });
        byte[] text = Encoding.UTF8.GetBytes(CanonicalJson.Write(manifest));
        IReadOnlyList<(string Name, byte[] Content)> proofs = await signing.FilesAsync(manifest, text, run, cancellation).ConfigureAwait(false);

        using ArtifactDelivery delivery = ArtifactDelivery.Begin(session.Store, journal, new DirectoryInfo(folder));
        foreach ((string path, ManifestArtifact artifact) in files)
            delivery.AddFile(path, artifact.File, artifact.Sha256, cancellation);
        string sums = string.Concat(files.Select(f => $"{f.Artifact.Sha256}  {f.Artifact.File}\n"));
        foreach ((string name, byte[] content) in proofs)
        {
            delivery.AddBytes(name, content);
            sums += $"{Sha256.Of(content)}  {name}\n";
        }

        byte[] report = Encoding.UTF8.GetBytes(ReportPage.Write(ReportContent.Of(manifest, TextOf(MeasurementReport.FileName), TextOf(ImageBuild.ListingFile))));
        delivery.AddBytes(ReportPage.FileName, report);
        sums += $"{Sha256.Of(report)}  {ReportPage.FileName}\n";
        delivery.AddBytes(FolderVerifier.SumsFile, Encoding.UTF8.GetBytes($"{sums}{Sha256.Of(text)}  {FolderVerifier.ManifestFile}\n"));
        delivery.AddBytes(FolderVerifier.ManifestFile, text);
        delivery.Commit();

        // Those of an earlier build, which was signed in another way, speak of another manifest.
        foreach (string former in BuildSigning.PossibleFiles(manifest).Except(proofs.Select(p => p.Name)))
            File.Delete(Path.Combine(folder, former));
        return manifest;

        string? TextOf(string name) => files.Find(f => f.Artifact.File == name).Path is { } path ? File.ReadAllText(path) : null;
    }

    /// <summary>All files of one stage's output, by name; none when the stage is not part of the build.</summary>
    private static IEnumerable<(string Path, ManifestArtifact Artifact)> FilesOf(RunResult run, string stage, Func<string, string> kindOf) =>
        run.Stages.FirstOrDefault(s => s.Stage == stage) is { Output: { } output, Entry: { } entry }
            ? entry.Files.Where(f => f.Digest is not null).OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => (
                Path.Combine(output.FullName, f.Path),
                new ManifestArtifact(f.Path, kindOf(f.Path), new FileInfo(Path.Combine(output.FullName, f.Path)).Length, f.Digest!.Value)))
            : [];

    /// <summary>Some depend on the recipe's Trustee: those that were made.</summary>
    private static IEnumerable<(string Path, ManifestArtifact Artifact)> SecureFiles(RunResult run) =>
        from wanted in ImageBuild.SecureArtifacts
        let stage = run.Stages.FirstOrDefault(s => s.Stage == wanted.Stage)
        let entry = stage?.Entry?.Files.FirstOrDefault(f => f.Path == wanted.File)
        where entry is not null
        let path = Path.Combine(stage.Output!.FullName, wanted.File)
        select (path, new ManifestArtifact(wanted.File, wanted.Kind, new FileInfo(path).Length, entry.Digest!.Value));

    private Answer Summary(BuildSession session, Manifest manifest, BuildSigning signing, string folder, BootCheckFacts bootCheck, IReadOnlyList<DestinationResult> results)
    {
        ManifestArtifact image = manifest.Content.Artifacts[0];
        string shown = Shown(Path.Combine(folder, image.File));
        int built = manifest.Run.Stages.Count(s => s.Outcome == "built");
        StringBuilder text = new();
        if (manifest.Content.Debug)
            text.Append("DEBUG IMAGE: somebody can log in. It must not run confidential pods.\n\n");
        Line("image", $"{shown}  ({ByteSize.Format(image.Size)}, {ByteSize.Format(manifest.Content.Disk.VirtualSize)} virtual)");
        Line("sha256", image.Sha256.Hex);
        if ((manifest.Content.Uki?.RootHash ?? manifest.Content.Boot?.RootHash) is { } rootHash)
            Line("root hash", rootHash);
        if (manifest.Content.Measurements is { } measurements)
            Line("pcr 11", measurements["pcr11"][0]);
        if (manifest.Content.SecureExecution is { } secure)
        {
            Line("se tag", secure.Tag);
            Line("host keys", $"{secure.HostKeys.Count}, {(secure.HostKeysVerified ? "verified" : "NOT VERIFIED: for test keys only")}");
        }

        Line("signed", signing.Signer is { } signer ? $"with {signer.PublicKey}" : "NO: the recipe names no key under 'signing:'; the provenance is a mere claim");
        Line("report", Shown(Path.Combine(folder, ReportPage.FileName)));
        Line("policy", manifest.Content.AgentPolicy is { } policy ? $"{policy.Source}  (sha256 {policy.Sha256.Hex[..12]}…)" : "the image's own, not looked at: ./build.sh inspect shows it");
        Line("boot check", bootCheck.Status switch
        {
            "passed" when bootCheck.Reason is { } limit => string.Create(CultureInfo.InvariantCulture, $"passed after {bootCheck.Seconds:0.0} s ({bootCheck.Accelerator}), as far as it goes: {limit}"),
            "passed" => string.Create(CultureInfo.InvariantCulture, $"passed: multi-user after {bootCheck.Seconds:0.0} s ({bootCheck.Accelerator}){Confirmed(bootCheck)}"),
            "skipped" => $"SKIPPED: {bootCheck.Reason}",
            _ => "not run",
        });
        Line("stages", string.Create(CultureInfo.InvariantCulture, $"{built} built, {manifest.Run.Stages.Count - built} reused, {manifest.Run.Seconds:0.0} s"));
        foreach (DestinationResult result in results)
            Line(result.Succeeded ? "published" : "NOT THERE", PublishAnswers.LineOf(result));
        if (manifest.Content.Root is { MissingAgentBinaries: { Count: > 0 } missing })
        {
            text.Append(CultureInfo.InvariantCulture, $"\nThis image cannot run pods yet: it has no {string.Join(", ", missing.Select(Path.GetFileName))}.\n");
            text.Append("Name archives that hold them under 'payload:' in the recipe.\n");
        }

        text.Append("\nNext:\n");
        text.Append("  ./build.sh inspect ").Append(ShellText.Quote(shown)).Append('\n');
        if (bootCheck.Status != "passed" && !session.Recipe.IsTakenAsIs)
            text.Append("  ./build.sh --target BootCheck\n");
        text.Append("  ./build.sh measure ").Append(ShellText.Quote(shown)).Append('\n');
        if (!session.Recipe.IsTakenAsIs)
            text.Append("  ./build.sh policy show\n");
        text.Append("  ./build.sh verify ").Append(ShellText.Quote(Shown(folder))).Append('\n');
        return new Answer(text.ToString())
        {
            Json = () => CanonicalJson.Write(manifest),
            Faults = [.. bootCheck.Status == "skipped" ? [BuildFaults.BootCheckSkipped(bootCheck.Reason!)] : Array.Empty<Fault>(), .. results.SelectMany(r => r.Faults)],
        };

        void Line(string name, string value) => text.Append(name.PadRight(12)).Append(value).Append('\n');
    }

    private static string Confirmed(BootCheckFacts facts) =>
        facts.Confirmed is { Count: > 0 } confirmed
            ? string.Create(CultureInfo.InvariantCulture, $", as predicted in {facts.PredictionSeconds:0.00} s: {string.Join(' ', confirmed)}")
            : "";

    private string Shown(string path)
    {
        string relative = Path.GetRelativePath(options.WorkingFolder, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
