using ImageFactory.Build.CommandLine;
using ImageFactory.Build.Composition;
using ImageFactory.Build.Doctor;
using ImageFactory.Build.Hosting;
using ImageFactory.Build.Hosting.Vocabulary;
using ImageFactory.Build.Testing;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;

namespace ImageFactory.Build.Tests.Hosting;

public sealed class TaskHostTests
{
    private static readonly List<string> Ran = [];
    private static readonly Type[] Tasks = [typeof(LastTask), typeof(LeftTask), typeof(RightTask), typeof(FirstTask), typeof(SkippedTask), typeof(CircleTask)];

    private readonly List<string> shown = [];

    public TaskHostTests() => Ran.Clear();

    [Fact]
    public async Task Each_task_runs_once_after_what_it_depends_on()
    {
        await RunAsync("Last", new RunMode(false, false, false));

        Assert.Equal(["First", "Left", "Right", "Last"], Ran);
    }

    [Fact]
    public async Task Exclusive_runs_the_target_alone()
    {
        await RunAsync("Last", new RunMode(false, false, Exclusive: true));

        Assert.Equal(["Last"], Ran);
    }

    [Fact]
    public async Task A_dry_run_names_the_tasks_in_order_and_runs_none()
    {
        await RunAsync("Last", new RunMode(false, DryRun: true, false));

        Assert.Empty(Ran);
        Assert.Equal(["First        the first", "Left", "Right", "Skipped", "Last"], shown);
    }

    [Fact]
    public async Task A_tree_shows_what_depends_on_what()
    {
        await RunAsync("Last", new RunMode(Tree: true, false, false));

        Assert.Empty(Ran);
        Assert.Equal(["Last", "  Left", "    First", "  Right", "    First", "  Skipped"], shown);
    }

    [Fact]
    public void A_circle_is_named()
    {
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => new TaskGraph(Tasks).OrderFor("Circle"));

        Assert.Contains("Circle -> Circle", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_factorys_own_tasks_have_no_circle() =>
        Assert.All(TaskCatalog.Types, task => Assert.NotEmpty(new TaskGraph(TaskCatalog.Types).OrderFor(TaskCatalog.NameOf(task))));

    [Fact]
    public async Task After_a_signal_no_further_task_begins()
    {
        using CancellationTokenSource stop = new();
        await stop.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => RunAsync("Last", new RunMode(false, false, false), stop.Token));

        Assert.Empty(Ran);
    }

    [Fact]
    public void An_answer_that_was_only_a_step_on_the_way_is_not_shown_but_counts()
    {
        FactoryRun run = Run("Build", CancellationToken.None);

        run.Show(new Answer("valid") { OnlyFor = "Validate", EndsWith = ExitCode.InvalidInput });

        Assert.Empty(shown);
        Assert.Equal(ExitCode.InvalidInput, run.ExitCode);
    }

    private Task RunAsync(string target, RunMode mode, CancellationToken? cancellation = null) => TaskHost.RunAsync(Run(target, cancellation ?? TestContext.Current.CancellationToken), Tasks, mode, shown.Add);

    private FactoryRun Run(string target, CancellationToken cancellation)
    {
        FactoryOptions options = new() { Root = "/", Recipe = "r.yaml", WorkingFolder = "/", Output = "/out", Store = "/store" };
        FakePrograms programs = new(_ => FakePrograms.Says(""));
        RecordingReporter reporter = new();
        return new FactoryRun
        {
            Target = target,
            Factory = new UnusedFactory(),
            Doctor = new HostDoctor(new HostFacts { ProgramFolders = [], OsRelease = "", IsRoot = true }, programs, reporter),
            Tests = new TestRun(options, "dotnet", programs, reporter, TimeProvider.System),
            Printer = answer => shown.Add(answer.Text),
            Cancellation = cancellation,
        };
    }

    [TaskName("First")]
    [TaskDescription("the first")]
    private sealed class FirstTask : FrostingTask<FactoryContext>
    {
        public override void Run(FactoryContext context) => Ran.Add("First");
    }

    [TaskName("Left")]
    [IsDependentOn(typeof(FirstTask))]
    private sealed class LeftTask : AsyncFrostingTask<FactoryContext>
    {
        public override async Task RunAsync(FactoryContext context)
        {
            await Task.Yield();
            Ran.Add("Left");
        }
    }

    [TaskName("Right")]
    [IsDependentOn(typeof(FirstTask))]
    private sealed class RightTask : FrostingTask<FactoryContext>
    {
        public override void Run(FactoryContext context) => Ran.Add("Right");
    }

    [TaskName("Skipped")]
    private sealed class SkippedTask : FrostingTask<FactoryContext>
    {
        public override bool ShouldRun(FactoryContext context) => false;

        public override void Run(FactoryContext context) => Ran.Add("Skipped");
    }

    [TaskName("Last")]
    [IsDependentOn(typeof(LeftTask))]
    [IsDependentOn(typeof(RightTask))]
    [IsDependentOn(typeof(SkippedTask))]
    private sealed class LastTask : FrostingTask<FactoryContext>
    {
        public override void Run(FactoryContext context) => Ran.Add("Last");
    }

    [TaskName("Circle")]
    [IsDependentOn(typeof(CircleTask))]
    private sealed class CircleTask : FrostingTask<FactoryContext>;
}
