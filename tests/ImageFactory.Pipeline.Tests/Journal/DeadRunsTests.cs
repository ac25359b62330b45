using System.Diagnostics;
using System.Globalization;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Storage;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Journal;

public sealed class DeadRunsTests
{
    [Fact]
    public void A_process_that_got_the_number_of_a_dead_program_is_spared()
    {
        using TestFolder folder = new();
        Store store = Store.Open(folder.Folder("store"), TimeProvider.System);
        using Process stranger = Process.Start("setsid", ["sleep", "60"]);
        long started = ProcessIdentity.Of(stranger.Id)!.Started;
        WriteJournal(store, stranger.Id, started - 1, ProcessIdentity.Namespace);

        Assert.Empty(DeadRuns.Sweep(store));

        Assert.False(stranger.HasExited);
        stranger.Kill();
    }

    [Fact]
    public async Task A_program_of_a_dead_run_is_ended_with_its_group()
    {
        using TestFolder folder = new();
        Store store = Store.Open(folder.Folder("store"), TimeProvider.System);
        using Process program = Process.Start("setsid", ["sh", "-c", "sleep 60 & wait"]);
        await Wait.UntilAsync(() => ProcessIdentity.Of(program.Id)!.Group == program.Id && ProcessIdentity.All().Count(p => p.Group == program.Id) == 2);
        WriteJournal(store, program.Id, ProcessIdentity.Of(program.Id)!.Started, ProcessIdentity.Namespace);

        Assert.Empty(DeadRuns.Sweep(store));

        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(ProcessIdentity.All(), p => p.Group == program.Id && p.State != 'Z');
    }

    [Fact]
    public void Numbers_of_another_boot_or_container_mean_nothing()
    {
        using TestFolder folder = new();
        Store store = Store.Open(folder.Folder("store"), TimeProvider.System);
        using Process stranger = Process.Start("setsid", ["sleep", "60"]);
        WriteJournal(store, stranger.Id, ProcessIdentity.Of(stranger.Id)!.Started, "another boot");

        Assert.Empty(DeadRuns.Sweep(store));

        Assert.False(stranger.HasExited);
        Assert.Empty(Directory.GetFiles(folder["store/running"]));
        stranger.Kill();
    }

    [Fact]
    public void A_journal_is_not_believed_about_folders_that_are_not_ours()
    {
        using TestFolder folder = new();
        Store store = Store.Open(folder.Folder("store"), TimeProvider.System);
        string precious = Directory.CreateDirectory(folder["precious"]).FullName;
        string ours = Directory.CreateDirectory(folder["imagefactory-1"]).FullName;
        File.WriteAllLines(
            RunJournal.FileOf(store, "dead"),
            [
                """{"kind":"Run","id":1,"started":1,"text":"x"}""",
                $$"""{"kind":"Folder","text":"{{precious}}"}""",
                """{"kind":"Fol""",
                $$"""{"kind":"Folder","text":"{{ours}}"}""",
                """{"kind":"Fol""",
            ]);

        Assert.Empty(DeadRuns.Sweep(store));

        Assert.True(Directory.Exists(precious));
        Assert.False(Directory.Exists(ours));
    }

    [Fact]
    public void A_living_run_is_left_alone()
    {
        using TestFolder folder = new();
        Store store = Store.Open(folder.Folder("store"), TimeProvider.System);
        using RunJournal living = RunJournal.Begin(store, new RecordingReporter());

        Assert.Empty(DeadRuns.Sweep(store));

        Assert.True(Directory.Exists(living.Temporary));
        Assert.True(File.Exists(RunJournal.FileOf(store, living.Id)));
    }

    private static void WriteJournal(Store store, int group, long started, string boot) => File.WriteAllLines(
        RunJournal.FileOf(store, "dead"),
        [
            $$"""{"kind":"Run","id":1,"started":1,"text":"{{boot}}"}""",
            string.Create(CultureInfo.InvariantCulture, $$"""{"kind":"Program","id":{{group}},"started":{{started}},"text":"sleep"}"""),
        ]);
}
