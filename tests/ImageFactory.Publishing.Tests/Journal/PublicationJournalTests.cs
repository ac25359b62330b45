using ImageFactory.Model;
using ImageFactory.Publishing.Journal;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Journal;

public sealed class PublicationJournalTests : IDisposable
{
    private static readonly Sha256 Image = Sha256.Of("image");

    private readonly ScratchFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void The_next_run_knows_what_was_intended_made_and_noted()
    {
        using (PublicationJournal journal = Open())
        {
            journal.Begin(Image, "place");
            journal.Intend("snapshot", "token");
            journal.Intend("ami", "name");
            journal.Created("snapshot", "token", "snap-1");
            journal.Intend("object", "key");
            journal.Removed("object", "key");
            journal.Note("session", "one");
            journal.Note("session", "two");
        }

        using PublicationJournal next = Open();
        next.Begin(Image, "place");

        Assert.Equal(Image, next.Image);
        Assert.Equal([new JournaledObject("snapshot", "token") { Id = "snap-1" }, new JournaledObject("ami", "name")], next.Objects.OrderBy(o => o.Kind == "ami"));
        Assert.Equal("two", next.NoteOf("session"));
    }

    [Fact]
    public void Nothing_is_left_of_a_completed_try()
    {
        using (PublicationJournal journal = Open())
        {
            journal.Begin(Image, "place");
            journal.Created("snapshot", "token", "snap-1");
            journal.Complete();
        }

        using PublicationJournal next = Open();

        Assert.Null(next.Image);
        Assert.Empty(next.Objects);
    }

    [Fact]
    public void A_second_run_does_not_get_the_journal_of_a_living_one()
    {
        using PublicationJournal journal = Open();

        Assert.Null(PublicationJournal.TryOpen(scratch.Path, "place"));
        using PublicationJournal? elsewhere = PublicationJournal.TryOpen(scratch.Path, "elsewhere");
        Assert.NotNull(elsewhere);
    }

    /// <summary>A process can die, and a disk can fill, within any byte of a line.</summary>
    [Fact]
    public void A_journal_that_is_cut_anywhere_still_tells_what_was_written_before()
    {
        string path;
        using (PublicationJournal journal = Open())
        {
            path = journal.FilePath;
            journal.Begin(Image, "place");
            journal.Intend("snapshot", "token");
            journal.Created("snapshot", "token", "snap-1");
        }

        byte[] whole = File.ReadAllBytes(path);
        int lastLine = Array.LastIndexOf(whole, (byte)'\n');
        for (int length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            using (PublicationJournal cut = Open())
            {
                if (length > lastLine)
                    Assert.Equal(["token"], cut.Objects.Select(o => o.Key));
                cut.Begin(Image, "place");
                cut.Intend("ami", "name");
            }

            using PublicationJournal after = Open();
            Assert.Contains(after.Objects, o => o is { Kind: "ami", Key: "name" });
        }
    }

    [Fact]
    public void Only_its_owner_can_read_it()
    {
        using PublicationJournal journal = Open();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(journal.FilePath));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_a_fault()
    {
        File.WriteAllText(scratch["file"], "");

        FactoryException e = Assert.Throws<FactoryException>(() => PublicationJournal.TryOpen(scratch["file/below"], "place"));

        Assert.Equal("IFU102", e.Faults[0].Code);
    }

    private PublicationJournal Open() => PublicationJournal.TryOpen(scratch.Path, "place")!;
}
