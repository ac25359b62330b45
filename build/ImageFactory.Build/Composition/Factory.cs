using ImageFactory.Assembly.AgentPolicy.Cases;
using ImageFactory.Build.Composition.Diff;
using ImageFactory.Build.Composition.Fleet;
using ImageFactory.Build.Reporting;
using ImageFactory.Cluster.Access;
using ImageFactory.Cluster.Fleet;
using ImageFactory.Cluster.Job;
using ImageFactory.Cluster.Transport;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Maintenance;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Storage;
using ImageFactory.Pipeline.Tools;
using ImageFactory.Publishing.Http;
using ImageFactory.Recipes;
using ImageFactory.Recipes.Fleet;
using ImageFactory.Recipes.Job;
using ImageFactory.SecureExecution.HostKeys;

namespace ImageFactory.Build.Composition;

/// <summary>Answers what tasks and verbs ask, from the libraries.</summary>
internal sealed class Factory(FactoryOptions options, IReporter reporter, BuildLog log, IProgramRunner programs, TimeProvider time) : IFactory, IJobWork
{
    private LoadedRecipe? loaded;
    private BuildSession? session;

    public async Task<Answer> ValidateAsync(CancellationToken cancellation) => Recipes.Validate(await OpenAsync(cancellation).ConfigureAwait(false));

    public Task<Answer> CleanAsync(CancellationToken cancellation)
    {
        List<Fault> faults = [];
        if (Directory.Exists(options.Store))
            faults.AddRange(DeadRuns.Sweep(OpenStore()));

        List<string> lines = [];
        foreach (string folder in OutputFolder.BuildsIn(options.Output))
        {
            cancellation.ThrowIfCancellationRequested();
            long size = OutputFolder.SizeOf(folder);
            Directory.Delete(folder, recursive: true);
            lines.Add($"removed {folder} ({ByteSize.Format(size)})");
        }

        return Task.FromResult(new Answer(lines.Count == 0 ? $"nothing to clean in {options.Output}\n" : string.Join('\n', lines) + "\n")
        {
            Faults = faults,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartArray();
                foreach (string line in lines)
                    json.WriteStringValue(line);
                json.WriteEndArray();
            }),
        });
    }

    public async Task<Answer> PlanAsync(CancellationToken cancellation)
    {
        BuildSession here = await OpenAsync(cancellation).ConfigureAwait(false);
        return options.CheckUpstream ? await new UpstreamAnswers(options, Builds).CheckAsync(here, cancellation).ConfigureAwait(false) : Recipes.Plan(here);
    }

    public async Task<Answer> ForecastAsync(CancellationToken cancellation) => Recipes.Forecast(await OpenAsync(cancellation).ConfigureAwait(false));

    public async Task<Answer> BuildAsync(CancellationToken cancellation) =>
        (await Builds.BuildAsync(await OpenAsync(cancellation).ConfigureAwait(false), bootCheck: false, publish: null, cancellation).ConfigureAwait(false)).Answer;

    public async Task<Answer> MakeAsync(CancellationToken cancellation) => Load().Recipe.Publish.Count switch
    {
        0 => await BuildAsync(cancellation).ConfigureAwait(false),
        _ when options.Offline => (await BuildAsync(cancellation).ConfigureAwait(false)).With(BuildFaults.OfflinePublish()),
        _ => await PublishAsync(cancellation).ConfigureAwait(false),
    };

    public async Task<Answer> PublishAsync(CancellationToken cancellation)
    {
        BuildSession here = await OpenAsync(cancellation).ConfigureAwait(false);
        await using PublishAnswers publish = Publishing();
        return (await Builds.BuildAsync(here, bootCheck: false, publish, cancellation).ConfigureAwait(false)).Answer;
    }

    public async Task<Answer> UnpublishAsync(string? image, bool force, CancellationToken cancellation)
    {
        await using PublishAnswers publish = Publishing();
        return await publish.UnpublishAsync(image, force, cancellation).ConfigureAwait(false);
    }

    public async Task<Answer> CollectAsync(bool remove, CancellationToken cancellation)
    {
        await using PublishAnswers publish = Publishing();
        return await publish.CollectAsync(remove, cancellation).ConfigureAwait(false);
    }

    public async Task<Answer> BootCheckAsync(CancellationToken cancellation) =>
        (await Builds.BuildAsync(await OpenAsync(cancellation).ConfigureAwait(false), bootCheck: true, publish: null, cancellation).ConfigureAwait(false)).Answer;

    public async Task<Answer> ReproduceAsync(CancellationToken cancellation)
    {
        BuildSession here = await OpenAsync(cancellation).ConfigureAwait(false);
        return await new ReproduceAnswers(options, reporter, log, programs, time).ReproduceAsync(here, Load(), cancellation).ConfigureAwait(false);
    }

    public async Task<Answer> ExplainAsync(string stage, CancellationToken cancellation) =>
        Recipes.Explain(await OpenAsync(cancellation).ConfigureAwait(false), stage);

    public async Task<Answer> LockAsync(CancellationToken cancellation) =>
        await Recipes.LockAsync(await BuildSession.OpenAsync(options, Load(), programs, time, fresh: true, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);

    public Task<Answer> BundleAsync(string file, CancellationToken cancellation) =>
        new BundleAnswers(options, new BuildAnswers(options, reporter, log, time), reporter, programs, time).PackAsync(file, cancellation);

    public Task<Answer> RenderAsync(string provider, CancellationToken cancellation) => new RenderAnswers(options).RenderAsync(Load(), provider, cancellation);

    public Task<Answer> SchemaAsync(CancellationToken cancellation) => Task.FromResult(SchemaAnswers.Write(options.Root));

    public Task<Answer> StoreGcAsync(long maxSize, CancellationToken cancellation)
    {
        GcResult result = new StoreMaintenance(OpenStore()).Collect(maxSize, cancellation);
        return Task.FromResult(StoreAnswers.Of(result));
    }

    public Task<Answer> StoreListAsync(CancellationToken cancellation) =>
        Task.FromResult(StoreAnswers.Of(new StoreMaintenance(OpenStore()).List(), options.Store));

    public async Task<Answer> StoreVerifyAsync(CancellationToken cancellation) =>
        StoreAnswers.OfVerify(options.Store, await new StoreMaintenance(OpenStore()).VerifyAsync(cancellation).ConfigureAwait(false));

    public async Task<Answer> InspectAsync(string image, bool lint, CancellationToken cancellation)
    {
        Toolbox tools = await ReadingToolsAsync(cancellation).ConfigureAwait(false);
        return await InspectAnswers.InspectAsync(image, Shown(image), lint, tools, programs, cancellation).ConfigureAwait(false);
    }

    private Task<Toolbox> ReadingToolsAsync(CancellationToken cancellation) =>
        new ReadingTools(options, Builds, programs, time).FindAsync(() => OpenAsync(cancellation), cancellation);

    public Task<Answer> DiffAsync(DiffQuestion question, CancellationToken cancellation) =>
        DiffAnswers.DiffAsync(question, () => ReadingToolsAsync(cancellation), programs, cancellation);

    public Task<Answer> MeasureAsync(string image, MeasureQuestion question, CancellationToken cancellation) =>
        MeasureAnswers.MeasureAsync(image, Shown(image), question, cancellation);

    public Task<Answer> MeasureDiffAsync(string before, string after, CancellationToken cancellation) => MeasureAnswers.DiffAsync(before, after, cancellation);

    public Task<Answer> VerifyAsync(VerifyQuestion question, CancellationToken cancellation) => new VerifyAnswers(options, programs, time).VerifyAsync(question, cancellation);

    public Task<Answer> PolicyShowAsync(string? file, string? kata, CancellationToken cancellation) => Policies.ShowAsync(file, kata, cancellation);

    public Task<Answer> PolicyCheckAsync(IReadOnlyList<string> files, string? kata, CancellationToken cancellation) => Policies.CheckAsync(files, kata, cancellation);

    public Task<Answer> PolicyDiffAsync(string before, string after, string? kata, CancellationToken cancellation) =>
        Task.FromResult(Policies.Diff(before, after, kata));

    public Task<Answer> PolicyTestAsync(string file, string? cases, string? kata, CancellationToken cancellation) =>
        Policies.TestAsync(file, cases, kata, new PolicyTests(programs, (options.Environment.GetValueOrDefault("PATH") ?? "/usr/bin:/bin").Split(':')), cancellation);

    public Task<Answer> HkdCheckAsync(HostKeySettings settings, CancellationToken cancellation) => HostKeys.CheckAsync(settings, cancellation);

    public Task<Answer> SeInfoAsync(SeInfoCall call, CancellationToken cancellation) => Task.FromResult(SecureImages.Info(call));

    public Task<Answer> SeVerifyAsync(SeVerifyCall call, CancellationToken cancellation) => Task.FromResult(SecureImageAnswers.Verify(call, cancellation));

    public Task<Answer> SeRefValuesAsync(SeRefValuesCall call, CancellationToken cancellation) => Task.FromResult(SecureImages.RefValues(call));

    public Task<Answer> SeCreateAsync(SeCreateCall call, CancellationToken cancellation) => HostKeys.CreateAsync(call, cancellation);

    public Task<Answer> SeTrusteeBundleAsync(SeBundleCall call, CancellationToken cancellation) => HostKeys.BundleAsync(call, cancellation);

    public Task<Answer> JobCreateAsync(CancellationToken cancellation) => InClusterAsync(job => job.CreateAsync(cancellation));

    public Task<Answer> JobDeleteAsync(bool force, bool gallery, CancellationToken cancellation) => InClusterAsync(job => job.DeleteAsync(force, gallery, cancellation));

    public Task<Answer> JobDeleteGalleryAsync(bool force, CancellationToken cancellation) => InClusterAsync(job => job.DeleteGalleryAsync(force, cancellation));

    public Task<Answer> FleetPlanAsync(string list, CancellationToken cancellation) =>
        Task.FromResult(FleetPlan.Of(FleetList.Check(list, options.WorkingFolder, options.Environment)));

    public async Task<Answer> FleetBuildAsync(string list, string? index, CancellationToken cancellation)
    {
        FleetTask task = FleetTask.Find(list, index, options);
        using FleetResults results = new(Connect(ClusterAccess.Find(options.Kubeconfig, options.Environment)), time);
        return await new FleetWorker(results, reporter, time).BuildAsync(task, BuildEntryAsync, cancellation).ConfigureAwait(false);
    }

    public async Task<Answer> FleetStatusAsync(string? list, CancellationToken cancellation)
    {
        FleetList? entries = list is null ? null : FleetList.Read(list, options.WorkingFolder);
        using FleetResults results = new(Connect(ClusterAccess.Find(options.Kubeconfig, options.Environment)), time);
        return FleetSummary.Of(entries, await results.ReadAsync(cancellation).ConfigureAwait(false));
    }

    LoadedRecipe IJobWork.Load(JobCall call) => loaded = RecipeLoader.Load(options.Recipe, options.Environment, options.Sets, options.WorkingFolder, call);

    PublishAnswers IJobWork.OpenPublishing() => Publishing();

    async Task<BuildOutcome> IJobWork.BuildAsync(PublishAnswers publish, CancellationToken cancellation) =>
        await Builds.BuildAsync(await OpenAsync(cancellation).ConfigureAwait(false), bootCheck: false, publish, cancellation).ConfigureAwait(false);

    private async Task<Answer> InClusterAsync(Func<JobAnswers, Task<Answer>> ask)
    {
        ClusterAccess access = FindAccess();
        using JobCluster cluster = new(Connect(access), options.Environment, time);
        return await ask(new JobAnswers(options.Job!, cluster, this, reporter, options.Secrets)).ConfigureAwait(false);
    }

    private ClusterConnection Connect(ClusterAccess access)
    {
        RetryPolicy patience = new(6, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(10));
        return new ClusterConnection(access, options.Environment, inner => new RetryHandler(inner, patience, (_, _) => ValueTask.FromResult(false), time));
    }

    /// <summary>A factory of its own, with the entry's recipe and an output folder that no other entry has.</summary>
    private async Task<BuildOutcome> BuildEntryAsync(FleetEntry entry, CancellationToken cancellation)
    {
        FactoryOptions own = options with { Recipe = entry.Recipe.Text, Sets = entry.Set, Output = Path.Combine(options.Output, entry.Name) };
        Factory factory = new(own, reporter, log, programs, time) { loaded = FleetRecipe.Load(entry, options.Environment) };
        BuildSession here = await factory.OpenAsync(cancellation).ConfigureAwait(false);
        await using PublishAnswers? publish = here.Recipe.Publish.Count > 0 ? factory.Publishing() : null;
        return await factory.Builds.BuildAsync(here, bootCheck: false, publish, cancellation).ConfigureAwait(false);
    }

    /// <summary>Without access there is no Job; what else would keep it from running is told at once.</summary>
    private ClusterAccess FindAccess()
    {
        try
        {
            return ClusterAccess.Find(options.Kubeconfig, options.Environment);
        }
        catch (FactoryException e)
        {
            List<Fault> faults = [.. e.Faults];
            try
            {
                ((IJobWork)this).Load(options.Job!);
            }
            catch (FactoryException more)
            {
                faults.AddRange(more.Faults);
            }

            throw new FactoryException(faults, e);
        }
    }

    private HostKeyAnswers HostKeys => new(time);

    private SecureImageAnswers SecureImages => new(time);

    private string Shown(string path)
    {
        string relative = Path.GetRelativePath(options.WorkingFolder, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private BuildAnswers Builds => new(options, reporter, log, time);

    private PublishAnswers Publishing() => new(options, Load(), reporter, programs, time);

    private RecipeAnswers Recipes => new(options, Builds);

    private PolicyAnswers Policies => new(options.WorkingFolder, Load);

    private async Task<BuildSession> OpenAsync(CancellationToken cancellation) =>
        session ??= await BuildSession.OpenAsync(options, Load(), programs, time, fresh: false, cancellation).ConfigureAwait(false);

    private Store OpenStore() => Store.Open(new DirectoryInfo(options.Store), time);

    private LoadedRecipe Load() => loaded ??= RecipeLoader.Load(options.Recipe, options.Environment, options.Sets, options.WorkingFolder, options.Job);
}
