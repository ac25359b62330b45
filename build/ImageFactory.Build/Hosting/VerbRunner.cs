using System.Globalization;
using ImageFactory.Build.CommandLine;
using ImageFactory.Build.Composition;
using ImageFactory.Build.Composition.Diff;
using ImageFactory.Build.Doctor;
using ImageFactory.Build.Reporting;
using ImageFactory.Build.Terminal;
using ImageFactory.Build.Testing;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Recipes.Job;

namespace ImageFactory.Build.Hosting;

/// <summary>Brings an invocation to the library that answers it: a target through its tasks, any other verb at once.</summary>
internal sealed class VerbRunner(HostEnvironment environment, TimeProvider time, IReporter reporter, BuildLog log, SecretMask mask, Action<Answer> print)
{
    /// <summary>What the Job has mounted to work in.</summary>
    private const string JobFolder = "/store";

    private static readonly Dictionary<Verb, Func<IFactory, Invocation, HostEnvironment, CancellationToken, Task<Answer>>> Actions = new()
    {
        [Verbs.Explain] = (factory, call, _, cancellation) => factory.ExplainAsync(call.Operands[0], cancellation),
        [Verbs.StoreGc] = (factory, call, _, cancellation) => factory.StoreGcAsync(SizeOf(call, Options.MaxSize), cancellation),
        [Verbs.StoreList] = (factory, _, _, cancellation) => factory.StoreListAsync(cancellation),
        [Verbs.StoreVerify] = (factory, _, _, cancellation) => factory.StoreVerifyAsync(cancellation),
        [Verbs.Inspect] = (factory, call, place, cancellation) => factory.InspectAsync(place.FullPath(call.Operands[0]), call.Has(Options.Lint), cancellation),
        [Verbs.Diff] = (factory, call, place, cancellation) => factory.DiffAsync(
            new DiffQuestion((place.FullPath(call.Operands[0]), call.Operands[0]), (place.FullPath(call.Operands[1]), call.Operands[1]), call.Has(Options.EveryLine)), cancellation),
        [Verbs.Measure] = (factory, call, place, cancellation) => factory.MeasureAsync(
            place.FullPath(call.Operands[0]),
            new MeasureQuestion(call.ValueOf(Options.Target), call.ValueOf(Options.EventLog) is { } log ? place.FullPath(log) : null, call.Has(Options.Quick)),
            cancellation),
        [Verbs.MeasureDiff] = (factory, call, place, cancellation) =>
            factory.MeasureDiffAsync(place.FullPath(call.Operands[0]), place.FullPath(call.Operands[1]), cancellation),
        [Verbs.Verify] = (factory, call, place, cancellation) => factory.VerifyAsync(
            new VerifyQuestion(call.Operands[0], place.FullPath(call.Operands[0]), PathOf(place, call, Options.Key), PathOf(place, call, SecureExecutionOptions.OwnerHeaderKey), PathOf(place, call, SecureExecutionOptions.HostKey)),
            cancellation),
        [Verbs.Why] = (_, call, _, _) => Task.FromResult(WhyAnswers.Tell(call.Operands[0])),
        [Verbs.PolicyShow] = (factory, call, _, cancellation) =>
            factory.PolicyShowAsync(call.Operands.Count == 0 ? null : call.Operands[0], call.ValueOf(Options.Kata), cancellation),
        [Verbs.PolicyCheck] = (factory, call, _, cancellation) =>
            factory.PolicyCheckAsync(call.Operands, call.ValueOf(Options.Kata), cancellation),
        [Verbs.PolicyDiff] = (factory, call, _, cancellation) =>
            factory.PolicyDiffAsync(call.Operands[0], call.Operands[1], call.ValueOf(Options.Kata), cancellation),
        [Verbs.PolicyTest] = (factory, call, _, cancellation) =>
            factory.PolicyTestAsync(call.Operands[0], call.ValueOf(Options.Cases), call.ValueOf(Options.Kata), cancellation),
        [SecureExecutionVerbs.HkdCheck] = (factory, call, _, cancellation) => factory.HkdCheckAsync(SecureExecutionCalls.HostKeysOf(call, call.Operands), cancellation),
        [SecureExecutionVerbs.Info] = (factory, call, _, cancellation) => factory.SeInfoAsync(SecureExecutionCalls.InfoOf(call), cancellation),
        [SecureExecutionVerbs.Verify] = (factory, call, _, cancellation) => factory.SeVerifyAsync(SecureExecutionCalls.VerifyOf(call), cancellation),
        [SecureExecutionVerbs.RefValues] = (factory, call, _, cancellation) => factory.SeRefValuesAsync(SecureExecutionCalls.RefValuesOf(call), cancellation),
        [SecureExecutionVerbs.Create] = (factory, call, _, cancellation) => factory.SeCreateAsync(SecureExecutionCalls.CreateOf(call), cancellation),
        [SecureExecutionVerbs.TrusteeBundle] = (factory, call, _, cancellation) => factory.SeTrusteeBundleAsync(SecureExecutionCalls.BundleOf(call), cancellation),
        [Verbs.InitdataCheck] = (_, call, place, cancellation) => new InitdataAnswers(place.CurrentFolder).CheckAsync(call.Operands, cancellation),
        [Verbs.InitdataEncode] = (_, call, place, cancellation) => new InitdataAnswers(place.CurrentFolder).EncodeAsync(call.Operands[0], cancellation),
        [Verbs.InitdataBuild] = (_, call, place, cancellation) =>
            new InitdataAnswers(place.CurrentFolder).BuildAsync(call.Operands, call.ValueOf(Options.Algorithm) ?? "sha256", cancellation),
        [Verbs.Unpublish] = (factory, call, _, cancellation) => factory.UnpublishAsync(call.ValueOf(Options.Digest), call.Has(Options.Force), cancellation),
        [Verbs.Gc] = (factory, call, _, cancellation) => factory.CollectAsync(call.Has(Options.Remove), cancellation),
        [JobVerbs.Create] = (factory, _, _, cancellation) => factory.JobCreateAsync(cancellation),
        [JobVerbs.Delete] = (factory, call, _, cancellation) => factory.JobDeleteAsync(call.Has(JobVerbs.Forced), call.Has(JobVerbs.Gallery), cancellation),
        [JobVerbs.DeleteGallery] = (factory, call, _, cancellation) => factory.JobDeleteGalleryAsync(call.Has(JobVerbs.Forced), cancellation),
        [FleetVerbs.Plan] = (factory, call, _, cancellation) => factory.FleetPlanAsync(call.ValueOf(FleetVerbs.List)!, cancellation),
        [FleetVerbs.Build] = (factory, call, _, cancellation) =>
            factory.FleetBuildAsync(call.ValueOf(FleetVerbs.List)!, call.ValueOf(FleetVerbs.Index), cancellation),
        [FleetVerbs.Status] = (factory, call, _, cancellation) => factory.FleetStatusAsync(call.ValueOf(FleetVerbs.List), cancellation),
        [Verbs.JobRender] = (factory, call, _, cancellation) => factory.RenderAsync(call.ValueOf(Options.Provider)!, cancellation),
        [Verbs.Lock] = (factory, _, _, cancellation) => factory.LockAsync(cancellation),
        [Verbs.Bundle] = (factory, call, place, cancellation) => factory.BundleAsync(place.FullPath(call.ValueOf(Options.BundleFile)!), cancellation),
    };

    public async Task<ExitCode> RunAsync(Invocation invocation, CancellationToken cancellation)
    {
        FactoryOptions options = OptionsOf(invocation);
        using OpenedBundle? bundle = invocation.ValueOf(Options.FromBundle) is { } file
            ? await OpenedBundle.OpenAsync(options, environment.FullPath(file), file, reporter, time, cancellation).ConfigureAwait(false)
            : null;
        options = bundle?.Options ?? options;
        ProgramRunner programs = new(ProgramEnvironment.From(environment.Variables), reporter, time) { Secrets = mask.Secrets };
        using FactoryComposition composition = FactoryComposition.Create(options, reporter, log, programs, time);
        if (invocation.Verb.Target is not { } target)
        {
            Answer answer = await Actions[invocation.Verb](composition.Factory, invocation, environment, cancellation).ConfigureAwait(false);
            print(answer);
            return answer.ExitCode;
        }

        FactoryRun run = new()
        {
            Target = target,
            Factory = composition.Factory,
            Doctor = new HostDoctor(HostFacts.Of(environment), programs, reporter),
            Tests = new TestRun(options, environment.DotNet, programs, reporter, time),
            Printer = print,
            Cancellation = cancellation,
        };
        await TaskHost.RunAsync(run, invocation.Mode, line => print(new Answer(line))).ConfigureAwait(false);
        if (invocation.Mode is { DryRun: true, Tree: false } && IsBuild(target))
            print(await composition.Factory.ForecastAsync(cancellation).ConfigureAwait(false));
        return run.ExitCode;
    }

    private static bool IsBuild(string target) => target is "Default" or "Build" or "BootCheck" or "Publish";

    private static long SizeOf(Invocation call, Option option) =>
        ByteSize.TryParse(call.ValueOf(option) ?? "", out long bytes) ? bytes : throw new InvalidOperationException($"{option} was not checked");

    private FactoryOptions OptionsOf(Invocation call)
    {
        string root = environment.Root;
        string work = call.Verb.IsForPods && Directory.Exists(JobFolder) ? JobFolder : Path.Combine(root, "artifacts");
        string output = PathOf(call, Options.Output) ?? work;
        string store = PathOf(call, Options.Store) ?? Path.Combine(work, ".store");
        JobCall? job = JobOf(call, store);
        return new FactoryOptions
        {
            Root = root,
            Recipe = call.ValueOf(Options.Recipe) ?? DefaultRecipe(job is null ? "default.yaml" : "job.yaml"),
            WorkingFolder = environment.CurrentFolder,
            Output = output,
            Store = store,
            Job = job,
            Transport = environment.Transport,
            Secrets = mask,
            Kubeconfig = PathOf(call, Options.Kubeconfig),
            Sets = call.ValuesOf(Options.Set),
            Environment = environment.Variables,
            IsRoot = environment.IsRoot,
            Jobs = call.ValueOf(Options.Jobs) is { } jobs ? int.Parse(jobs, CultureInfo.InvariantCulture) : environment.Processors,
            SharedStore = call.ValueOf(Options.SharedStore),
            SharedStorePatience = environment.SharedStorePatience,
            Machine = environment.Machine,
            Offline = call.Has(Options.Offline),
            Locked = call.Has(Options.Locked),
            FailFast = call.Has(Options.FailFast),
            ShowOrigin = call.Has(Options.ShowOrigin),
            CheckUpstream = call.Has(Options.CheckUpstream),
            TestFilter = call.ValueOf(Options.Filter),
        };
    }

    /// <summary>The variables of a Job, where this run is one or shows what one would do.</summary>
    private JobCall? JobOf(Invocation call, string store)
    {
        bool isJob = JobVerbs.All.Contains(call.Verb);
        bool own = isJob || call.Has(Options.FromEnvironment);
        if (!own && !call.Has(Options.ConfigMap))
            return null;
        Dictionary<string, string> variables = own ? new(environment.Variables, StringComparer.Ordinal) : new(StringComparer.Ordinal);
        foreach ((string name, string value) in JobManifests.Read(call.ValuesOf(Options.ConfigMap), environment.CurrentFolder))
            variables[name] = value;
        mask.AddFrom(variables);
        return new JobCall(variables, new JobFiles(Path.Combine(store, "job")).Keep) { Machine = environment.Machine, OnlyDestination = isJob && call.Verb != JobVerbs.Create };
    }

    private string DefaultRecipe(string name)
    {
        string path = Path.Combine(environment.Root, "recipes", name);
        string relative = Path.GetRelativePath(environment.CurrentFolder, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static string? PathOf(HostEnvironment place, Invocation call, Option option) => call.ValueOf(option) is { } path ? place.FullPath(path) : null;

    private string? PathOf(Invocation call, Option option) => call.ValueOf(option) is { } path ? environment.FullPath(path) : null;
}
