using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Assembly.Bases.Bootc.Engine;
using ImageFactory.Assembly.Bundles;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Tests.Containers;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Registry;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

/// <summary>Runs stages of one recipe against an engine, each in folders of its own.</summary>
internal sealed class BootcWorkshop(EngineSettings engine, IProgramRunner? programs = null) : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Dictionary<string, DirectoryInfo> outputs = [];

    public Warehouse.Log Said { get; } = new();

    public IReadOnlyList<Fault> CleanUpFaults { get; private set; } = [];

    public RegistrySettings Registry { get; init; } = new();

    /// <summary>Everything comes out of it, and nothing may be asked of the network.</summary>
    public BundleContents? Bundle { get; init; }

    public static Recipe RecipeOf(BootcBase settings, Integrity integrity = Integrity.Verity) => new()
    {
        Name = "shop",
        Base = settings,
        Disk = new DiskSettings { Integrity = integrity },
    };

    public string this[string name] => folder[name];

    public string Write(string name, string text) => folder.Write(name, text);

    public SourcePath Source(string name) => new(name, folder[name]);

    /// <summary>The stages that the base brings, without those that make tools.</summary>
    public async Task<SystemContribution> ContributeAsync(Recipe recipe)
    {
        BaseSurroundings surroundings = new()
        {
            Origins = new RecipeOrigins(new Dictionary<string, string> { [""] = "r.yaml" }),
            AsRoot = true,
            HostMirror = ("http://mirror.invalid/debian", "http://mirror.invalid/security"),
            HostPrograms = new Dictionary<string, string>(),
            LockPath = "r.lock.json",
            Registry = new RegistryAccess(Bundle is null ? Registry : new RegistrySettings { Carried = Bundle.Images }, TimeProvider.System),
            Bundle = Bundle,
            Engine = engine,
        };
        return (SystemContribution)await new BootcBaseKind().ContributeAsync(recipe, surroundings, TestContext.Current.CancellationToken);
    }

    /// <summary>Pins what is pinned, then runs the stage that takes the system out of the container.</summary>
    public async Task<StageScope> TakeSystemAsync(BootcBase settings, Integrity integrity = Integrity.Verity)
    {
        SystemContribution brought = await ContributeAsync(RecipeOf(settings, integrity));
        foreach (IStage stage in brought.Stages.Where(s => s.Name.StartsWith("resolve-base", StringComparison.Ordinal)))
            await RunAsync(stage);
        return await RunAsync(brought.Stages.OfType<BootcSystemStage>().Single());
    }

    public void Give(string stage, DirectoryInfo output) => outputs[stage] = output;

    public DirectoryInfo OutputOf(string stage)
    {
        outputs[stage] = Directory.CreateDirectory(Path.Combine(folder[stage], "output"));
        return outputs[stage];
    }

    public async Task<StageScope> RunAsync(IStage stage, CancellationToken? cancellation = null)
    {
        string own = folder[stage.Name];
        if (Directory.Exists(own))
            Directory.Delete(own, recursive: true);
        CleanUpStack cleanUp = new();
        StageScope scope = new()
        {
            Output = Directory.CreateDirectory(Path.Combine(own, "output")),
            Inputs = stage.After.ToDictionary(a => a, a => outputs.GetValueOrDefault(a) ?? new DirectoryInfo(folder["none"])),
            Work = Directory.CreateDirectory(Path.Combine(own, "work")),
            Cache = Directory.CreateDirectory(folder["cache"]),
            Programs = programs ?? new Inspection.ToolRunner(),
            Log = Said,
            CleanUp = cleanUp,
            Offline = Bundle is not null,
        };
        try
        {
            await stage.RunAsync(scope, cancellation ?? TestContext.Current.CancellationToken);
        }
        finally
        {
            await cleanUp.DisposeAsync();
            CleanUpFaults = cleanUp.Faults;
        }

        outputs[stage.Name] = scope.Output;
        return scope;
    }

    public void Dispose() => folder.Dispose();
}
