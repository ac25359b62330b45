using ImageFactory.Model;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Platform;
using ImageFactory.Pipeline.Storage;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Pipeline.Artifacts;

/// <summary>
/// Puts files where others find them. They are written into a hidden folder at the destination first and get their places
/// together, at the end: until <see cref="Commit"/> nothing of an earlier delivery is touched, and without it nothing is left.
/// They take their places in the order in which they were added, so add last the file that speaks of the others.
/// </summary>
public sealed class ArtifactDelivery : IDisposable
{
    private readonly DirectoryInfo destination;
    private readonly DeliveryRecords records;
    private readonly string hidden;
    private readonly List<StagedArtifact> staged = [];

    private ArtifactDelivery(DirectoryInfo destination, DeliveryRecords records, string hidden)
    {
        this.destination = destination;
        this.records = records;
        this.hidden = hidden;
    }

    /// <param name="store">Remembers what lies at a destination, so that what is there already is not copied again.</param>
    /// <param name="journal">Knows the hidden folder, should this process be killed.</param>
    /// <exception cref="FactoryException">The folder cannot be made or written to.</exception>
    public static ArtifactDelivery Begin(Store store, RunJournal journal, DirectoryInfo destination)
    {
        string hidden = Path.Combine(destination.FullName, $".{DeadRuns.FolderPrefix}{Guid.NewGuid():n}");
        try
        {
            destination.Create();
            journal.WillMake(hidden);
            Directory.CreateDirectory(hidden);
        }
        catch (Exception e) when (IoErrors.IsAny(e))
        {
            throw new FactoryException(ArtifactFaults.CannotWrite(e, destination.FullName), e);
        }

        return new ArtifactDelivery(destination, new DeliveryRecords(store), hidden);
    }

    /// <param name="digest">Of the source's bytes, as the store's entry has it.</param>
    /// <exception cref="FactoryException">There is no space, or the folder cannot be written to.</exception>
    public void AddFile(string source, string name, Sha256 digest, CancellationToken cancellation)
    {
        if (!records.IsThere(Path.Combine(destination.FullName, name), digest))
            Stage(name, digest, temporary => FileCopy.Copy(source, temporary, cancellation));
    }

    /// <exception cref="FactoryException">There is no space, or the folder cannot be written to.</exception>
    public void AddBytes(string name, ReadOnlyMemory<byte> content)
    {
        Sha256 digest = Sha256.Of(content.Span);
        if (records.IsThere(Path.Combine(destination.FullName, name), digest))
            return;
        Stage(name, digest, temporary =>
        {
            using SafeFileHandle file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write);
            RandomAccess.Write(file, content.Span, 0);
        });
    }

    /// <summary>Gives all files their places. If one cannot have its, those before it give theirs back.</summary>
    /// <exception cref="FactoryException">A place could not be taken; nothing changed.</exception>
    public void Commit()
    {
        Stack<StagedArtifact> placed = [];
        string next = destination.FullName;
        try
        {
            foreach (StagedArtifact artifact in staged)
            {
                next = artifact.Target;
                if (File.Exists(artifact.Target))
                    KeepFormer(artifact);
                File.Move(artifact.Temporary, artifact.Target, overwrite: true);
                placed.Push(artifact);
            }

            Durable.SyncFolder(destination.FullName);
        }
        catch (Exception e) when (IoErrors.IsAny(e))
        {
            foreach (StagedArtifact artifact in placed)
                GiveBack(artifact);
            throw new FactoryException(ArtifactFaults.CannotWrite(e, next), e);
        }

        foreach (StagedArtifact artifact in staged)
            records.Remember(artifact.Target, artifact.Digest);
        staged.Clear();
    }

    public void Dispose() => FolderRemoval.Remove(hidden);

    // A second name for the former file, so that its place is never empty. File systems without links get a copy.
    private static void KeepFormer(StagedArtifact artifact)
    {
        if (Native.Link(artifact.Target, artifact.Former) != 0)
            File.Copy(artifact.Target, artifact.Former);
    }

    private static void GiveBack(StagedArtifact artifact)
    {
        if (File.Exists(artifact.Former))
            File.Move(artifact.Former, artifact.Target, overwrite: true);
        else
            File.Delete(artifact.Target);
    }

    private void Stage(string name, Sha256 digest, Action<string> write)
    {
        string target = Path.Combine(destination.FullName, name);
        StagedArtifact artifact = new(target, Path.Combine(hidden, $"new-{name}"), Path.Combine(hidden, $"old-{name}"), digest);
        try
        {
            write(artifact.Temporary);
            using SafeFileHandle file = File.OpenHandle(artifact.Temporary, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(file);
        }
        catch (Exception e) when (IoErrors.IsAny(e))
        {
            throw new FactoryException(ArtifactFaults.CannotWrite(e, artifact.Target), e);
        }

        staged.Add(artifact);
    }

    private sealed record StagedArtifact(string Target, string Temporary, string Former, Sha256 Digest);
}
