using ImageFactory.Model;
using ImageFactory.Pipeline.Artifacts;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Platform;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Artifacts;

public sealed class ArtifactDeliveryTests : IDisposable
{
    private readonly TestBuild build = new();
    private readonly RunJournal journal;
    private readonly DirectoryInfo destination;

    public ArtifactDeliveryTests()
    {
        journal = RunJournal.Begin(build.Store, build.Reporter);
        destination = build.Folder.Folder("artifacts of a recipe");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Files_appear_together_at_the_end()
    {
        using (ArtifactDelivery delivery = Begin())
        {
            Add(delivery, "podvm.qcow2", "image");
            delivery.AddBytes("manifest.json", "{}"u8.ToArray());
            Assert.Empty(destination.GetFiles());

            delivery.Commit();
        }

        Assert.Equal(["manifest.json", "podvm.qcow2"], Names());
        Assert.Equal("image", Read("podvm.qcow2"));
    }

    [Fact]
    public void Without_a_commit_everything_stays_as_it_was()
    {
        Deliver("podvm.qcow2", "former");

        using (ArtifactDelivery delivery = Begin())
            Add(delivery, "podvm.qcow2", "half");

        Assert.Equal(["podvm.qcow2"], Names());
        Assert.Equal("former", Read("podvm.qcow2"));
    }

    [Fact]
    public void When_one_cannot_take_its_place_the_others_give_theirs_back()
    {
        Deliver("a", "former");
        Directory.CreateDirectory(Path.Combine(destination.FullName, "c"));
        using (ArtifactDelivery delivery = Begin())
        {
            Add(delivery, "a", "new");
            Add(delivery, "b", "new");
            Add(delivery, "c", "new");

            FactoryException e = Assert.Throws<FactoryException>(delivery.Commit);

            Assert.Equal(Path.Combine(destination.FullName, "c"), e.Faults[0].Where);
        }

        Assert.Equal(["a", "c"], Names());
        Assert.Equal("former", Read("a"));
    }

    [Fact]
    public void What_is_there_already_is_not_written_again()
    {
        Deliver("a", "same");
        ulong inode = FileStatus.Of(Path.Combine(destination.FullName, "a"))!.Value.Inode;

        Deliver("a", "same");

        Assert.Equal(inode, FileStatus.Of(Path.Combine(destination.FullName, "a"))!.Value.Inode);
    }

    [Fact]
    public void What_somebody_changed_is_written_again_even_if_its_dates_were_set_back()
    {
        Deliver("a", "same");
        string path = Path.Combine(destination.FullName, "a");
        DateTime written = File.GetLastWriteTimeUtc(path);
        File.WriteAllText(path, "SAME");
        File.SetLastWriteTimeUtc(path, written);

        Deliver("a", "same");

        Assert.Equal("same", Read("a"));
    }

    [Fact]
    public void Holes_stay_holes()
    {
        string source = build.Folder["disk.raw"];
        using (FileStream file = File.Create(source))
        {
            file.SetLength(64 << 20);
            file.Position = 32 << 20;
            file.Write("data"u8);
        }

        using ArtifactDelivery delivery = Begin();
        delivery.AddFile(source, "disk.raw", Sha256.Of("any"), Token);
        delivery.Commit();

        string copy = Path.Combine(destination.FullName, "disk.raw");
        FileStatus status = FileStatus.Of(copy)!.Value;
        Assert.Equal(64 << 20, status.Size);
        Assert.True(status.Allocated < 1 << 20, $"{status.Allocated}");
        Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(copy)));
    }

    [Fact]
    public void What_a_killed_delivery_left_is_removed_by_the_next_run()
    {
        using ArtifactDelivery delivery = Begin();
        Add(delivery, "a", "half");
        File.WriteAllText(RunJournal.FileOf(build.Store, "dead"), FileLock.Read(RunJournal.FileOf(build.Store, journal.Id)));

        DeadRuns.Sweep(build.Store);

        Assert.Empty(destination.GetFileSystemInfos());
    }

    [Fact]
    [Trait("needs", "root")]
    public void A_full_disk_is_told_and_the_former_delivery_stays()
    {
        using SmallDisk disk = new(1 << 20);
        File.WriteAllText(disk["a"], "former");
        string source = build.Folder["large"];
        File.WriteAllBytes(source, new byte[2 << 20]);

        using (ArtifactDelivery delivery = ArtifactDelivery.Begin(build.Store, journal, new DirectoryInfo(disk.Path)))
        {
            FactoryException e = Assert.Throws<FactoryException>(() => delivery.AddFile(source, "a", Sha256.Of("large"), Token));
            Assert.Equal(("IFP501", ExitCode.CannotWrite), (e.Faults[0].Code, e.ExitCode));
        }

        Assert.Equal("former", File.ReadAllText(disk["a"]));
        Assert.Equal([disk["a"]], Directory.GetFileSystemEntries(disk.Path));
    }

    [Fact]
    [Trait("needs", "root")]
    public void A_read_only_file_system_is_told()
    {
        using SmallDisk disk = new(1 << 20);
        disk.MakeReadOnly();

        FactoryException e = Assert.Throws<FactoryException>(() => ArtifactDelivery.Begin(build.Store, journal, new DirectoryInfo(disk.Path)));

        Assert.Equal(("IFP502", ExitCode.CannotWrite), (e.Faults[0].Code, e.ExitCode));
    }

    [Fact]
    [Trait("needs", "not root")]
    public void A_folder_that_this_user_may_not_write_to_is_told()
    {
        destination.Create();
        File.SetUnixFileMode(destination.FullName, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.SkipWhen(CanWrite(destination.FullName), "needs a user other than root, who may write anywhere");

        FactoryException e = Assert.Throws<FactoryException>(Begin);

        Assert.Equal(("IFP503", ExitCode.NotPermitted), (e.Faults[0].Code, e.ExitCode));
    }

    public void Dispose()
    {
        journal.Dispose();
        build.Dispose();
    }

    private static bool CanWrite(string folder)
    {
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "try"));
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private ArtifactDelivery Begin() => ArtifactDelivery.Begin(build.Store, journal, destination);

    private void Deliver(string name, string content)
    {
        using ArtifactDelivery delivery = Begin();
        Add(delivery, name, content);
        delivery.Commit();
    }

    private void Add(ArtifactDelivery delivery, string name, string content)
    {
        string source = build.Folder[$"source-{name}"];
        File.WriteAllText(source, content);
        delivery.AddFile(source, name, Sha256.Of(content), Token);
    }

    private string Read(string name) => File.ReadAllText(Path.Combine(destination.FullName, name));

    private IEnumerable<string> Names() => destination.GetFileSystemInfos().Select(f => f.Name).Order(StringComparer.Ordinal);
}
