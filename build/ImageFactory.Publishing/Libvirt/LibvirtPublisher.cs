using System.Xml.Linq;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Qcow2;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Pipeline;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Libvirt;

/// <summary>
/// A volume and its record. With a name of its own for each image the volume is written under that name, a claim beside it until the record is there.
/// A name that is asked for is given to a finished volume in one step, so that who uses the old one never sees a half of the new.
/// </summary>
internal sealed class LibvirtPublisher(LibvirtPlace place) : IPublisher, INamedImages
{
    private const string Volume = "volume";
    private const string Pool = "pool";
    private const string Remains = "remains";

    /// <summary>What another machine's run is writing looks like remains until it is done; no run takes longer.</summary>
    private static readonly TimeSpan OrphanAfter = TimeSpan.FromHours(3);

    private string Owner => place.Setting.Owner;

    private string Where => place.Where;

    public string Place => $"libvirt {place.ShownUri ?? "?"} {place.Pool ?? "?"} {place.Volume ?? Owner + "-*"}";

    public Task<IReadOnlyList<Fault>> CheckAsync(ImageDescription image, CancellationToken cancellation)
    {
        IReadOnlyList<Fault> faults = place.Check();
        return faults.Count > 0 ? Task.FromResult(faults) : ConnectedAsync<IReadOnlyList<Fault>>(async libvirt =>
        {
            if (libvirt.FindPool() is not { } pool)
                return place.Folder is null ? [LibvirtFaults.NoPool(Where, place.Pool!)] : [];
            if (!libvirt.IsPoolActive())
                return [LibvirtFaults.PoolInactive(Where, place.Pool!)];
            if (place.Volume is not { } name)
                return [];
            List<Fault> found = [];
            if (new VolumeSwap(place).Objection(FolderOf(pool)) is { } objection)
                found.Add(LibvirtFaults.CannotReplace(Where, name, objection));
            if (Refusal(await PoolContent.ReadAsync(libvirt, place, cancellation).ConfigureAwait(false), name) is { } refusal)
                found.Add(refusal);
            return found;
        });
    }

    public Task<Publication> PublishAsync(PublishableImage image, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        FactoryException.ThrowIfAny(place.Check());
        return ConnectedAsync(async libvirt =>
        {
            bool isQcow2 = IsQcow2(image.File);
            LibvirtFormat format = place.Destination.Format ?? (isQcow2 ? LibvirtFormat.Qcow2 : LibvirtFormat.Raw);

            // The bytes of the volume: the image's file as it is, the disk in it, or that disk as a qcow2.
            using IExtentSource disk = isQcow2 && format == LibvirtFormat.Qcow2 ? RawFileSource.Open(image.File) : image.OpenDisk();
            using IExtentSource source = isQcow2 || format == LibvirtFormat.Raw ? disk : new Qcow2View(disk);
            string name = place.Volume ?? $"{image.Description.Recipe}-{image.Digest.Hex[..12]}.{(format == LibvirtFormat.Qcow2 ? "qcow2" : "raw")}";
            string folder = EnsurePool(libvirt, journal);
            PoolContent content = await PoolContent.ReadAsync(libvirt, place, cancellation).ConfigureAwait(false);
            if (Refusal(content, name) is { } refusal)
                throw new FactoryException(refusal);
            VolumeRecord? there = content.Whole(name, image.Digest);
            bool adopted = there is not null && journal.Find(Volume) is null;
            if (there is null)
            {
                // What an earlier try for this image left cannot be gone on with: libvirt does not tell how much of a stream has arrived.
                foreach (JournaledObject old in journal.Objects.Where(o => o.Kind == Volume).Reverse())
                {
                    libvirt.Delete(old.Key);
                    journal.Removed(old.Kind, old.Key);
                }

                there = place.Volume is null
                    ? Write(libvirt, source, RecordOf(image, name, source.Length), content, journal, progress, cancellation)
                    : await ReplaceAsync(libvirt, source, RecordOf(image, name, source.Length), folder, content, journal, progress, cancellation).ConfigureAwait(false);
            }

            await TidyAsync(libvirt, there).ConfigureAwait(false);
            return new Publication(name, Volume, name, adopted, adopted ? 0 : DataOf(source))
            {
                Objects = new Dictionary<string, string> { [Pool] = place.Pool!, [Volume] = name, ["record"] = there.Name, ["path"] = $"{folder}/{name}" },
            };
        });
    }

    public Task RemoveLeftOverAsync(JournaledObject leftOver, CancellationToken cancellation) => ConnectedAsync(async libvirt =>
    {
        if (libvirt.FindPool() is null)
            return true;
        PoolContent content = await PoolContent.ReadAsync(libvirt, place, cancellation).ConfigureAwait(false);
        if (leftOver.Kind == Pool)
            RemovePoolIfEmpty(libvirt, content);
        else if (content.Records.FirstOrDefault(r => r.Name == leftOver.Key) is not { Part: not null } record || content.InEffect(record.Volume) != record)
            libvirt.Delete(leftOver.Key);
        return true;
    });

    public Task<IReadOnlyList<PlacedObject>> FindAsync(CancellationToken cancellation) => ConnectedAsync<IReadOnlyList<PlacedObject>>(async libvirt =>
    {
        if (libvirt.FindPool() is null || !libvirt.IsPoolActive())
            return [];
        PoolContent content = await PoolContent.ReadAsync(libvirt, place, cancellation).ConfigureAwait(false);
        List<PlacedObject> found = [];
        foreach (VolumeRecord record in content.Records.Where(r => r.Owner == Owner && content.InEffect(r.Volume) == r))
            found.Add(new PlacedObject(Volume, record.Volume) { Name = record.Volume, Image = record.Image, UsedBy = UserOf(libvirt, content, record.Volume) });

        // Records first: one whose part is gone would come into effect.
        foreach (VolumeFacts one in content.Volumes.OrderByDescending(v => VolumeRecord.IsRecord(v.Name)).ThenBy(v => v.Name, StringComparer.Ordinal))
        {
            bool isOld = one.Changed is not { } changed || place.Around.Time.GetUtcNow() - changed > OrphanAfter;
            if (IsRemains(content, one.Name))
                found.Add(new PlacedObject(Remains, one.Name) { Created = one.Changed, IsOrphan = isOld });
        }

        return found;
    });

    public Task RemoveAsync(PlacedObject found, bool force, CancellationToken cancellation) => ConnectedAsync(async libvirt =>
    {
        if (libvirt.FindPool() is null)
            return true;
        PoolContent content = await PoolContent.ReadAsync(libvirt, place, cancellation).ConfigureAwait(false);

        // A claim without a record: the volume that it was written for is not whole, and ours.
        if (VolumeRecord.ClaimedBy(found.Id, Owner) is { } claimed && content.InEffect(claimed) is null)
            libvirt.Delete(claimed);

        // The record goes last: with it gone nobody would know whose the volume is.
        libvirt.Delete(found.Id);
        if (found.Kind == Volume)
        {
            foreach (VolumeRecord record in content.Records.Where(r => r.Volume == found.Id && r.Owner == Owner))
                libvirt.Delete(record.Name);
            RemovePoolIfEmpty(libvirt, await PoolContent.ReadAsync(libvirt, place, cancellation).ConfigureAwait(false));
        }

        return true;
    });

    public Task<NamedImage?> FindAsync(string id, CancellationToken cancellation) => ConnectedAsync<NamedImage?>(async libvirt =>
    {
        if (libvirt.FindPool() is null || !libvirt.IsPoolActive())
            return null;
        PoolContent content = await PoolContent.ReadAsync(libvirt, place, cancellation).ConfigureAwait(false);
        VolumeRecord? record = content.InEffect(id);
        return content.Find(id) is not { } volume ? null
            : new NamedImage(id, record?.Owner, (place.Volume ?? id) == id && (record is null || record.Size == volume.Size))
            {
                RecipeDigest = record?.Tags.GetValueOrDefault(ImageTags.RecipeDigest),
                UsedBy = UserOf(libvirt, content, id),
            };
    });

    public Task RemoveAsync(NamedImage image, CancellationToken cancellation) => RemoveAsync(new PlacedObject(Volume, image.Id), force: true, cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static long DataOf(IExtentSource source) => source.Extents().Where(e => e.Kind == ExtentKind.Data).Sum(e => e.Length);

    private static string? FolderOf(XElement pool) => (string?)pool.Element("target")?.Element("path");

    private static bool IsQcow2(string file)
    {
        using FileStream stream = File.OpenRead(file);
        Span<byte> start = stackalloc byte[4];
        return stream.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && Qcow2Source.Recognises(start);
    }

    private VolumeRecord RecordOf(PublishableImage image, string name, long size) =>
        new(name, Owner, image.Digest, size, ImageTags.Of(place.Setting, image).ToDictionary());

    /// <summary>Runs what blocks away from the caller, over a connection of its own.</summary>
    private Task<T> ConnectedAsync<T>(Func<LibvirtConnection, Task<T>> work) => Task.Run(async () =>
    {
        FactoryException.ThrowIfAny(place.Check());
        try
        {
            using LibvirtConnection libvirt = LibvirtConnection.Open(place.Connection, place.Pool!);
            return await work(libvirt).ConfigureAwait(false);
        }
        catch (LibvirtError e)
        {
            throw new FactoryException(LibvirtFaults.Of(Where, place.ShownUri!, e), e);
        }
        catch (DllNotFoundException e)
        {
            throw new FactoryException(LibvirtFaults.NoLibrary(Where), e);
        }
    });

    /// <returns>The pool's folder.</returns>
    private string EnsurePool(LibvirtConnection libvirt, PublicationJournal journal)
    {
        if (libvirt.FindPool() is null)
        {
            journal.Intend(Pool, place.Pool!);
            libvirt.DefinePool(place.Folder ?? throw new FactoryException(LibvirtFaults.NoPool(Where, place.Pool!)));
            libvirt.Create(VolumeRecord.PoolMarkOf(Owner), 1);
            journal.Created(Pool, place.Pool!, place.Pool!);
        }

        if (!libvirt.IsPoolActive())
        {
            // Our own run may have died before it was started.
            if (journal.Find(Pool) is null)
                throw new FactoryException(LibvirtFaults.PoolInactive(Where, place.Pool!));
            libvirt.StartPool();
        }

        return FolderOf(libvirt.FindPool()!) ?? "";
    }

    /// <summary>A volume of ours may give way to a newer image; one of somebody else, or of nobody, may not.</summary>
    private Fault? Refusal(PoolContent content, string name)
    {
        if (content.Find(name) is null || content.Find(VolumeRecord.ClaimOf(name, Owner)) is not null)
            return null;
        return content.InEffect(name) is { } record
            ? record.Owner == Owner ? null : LibvirtFaults.OfAnother(Where, name, record.Owner)
            : LibvirtFaults.Unknown(Where, place.ShownUri!, place.Pool!, name);
    }

    private VolumeRecord Write(
        LibvirtConnection libvirt, IExtentSource source, VolumeRecord record, PoolContent content, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        string claim = VolumeRecord.ClaimOf(record.Volume, Owner);
        journal.Intend(Volume, claim);
        if (content.Find(claim) is null)
            libvirt.Create(claim, 1);

        // What has the name by now is ours, and not whole.
        libvirt.Delete(record.Name);
        libvirt.Delete(record.Volume);
        Send(libvirt, source, record.Volume, journal, progress, cancellation);
        WriteRecord(libvirt, record, journal);
        return record;
    }

    private async Task<VolumeRecord> ReplaceAsync(
        LibvirtConnection libvirt, IExtentSource source, VolumeRecord record, string folder, PoolContent content, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        VolumeSwap swap = new(place);
        if (swap.Objection(folder) is { } objection)
            throw new FactoryException(LibvirtFaults.CannotReplace(Where, record.Volume, objection));
        string part = VolumeRecord.PartOf(record.Volume, Owner);
        string? before = content.InEffect(record.Volume)?.Name;

        // What a dead run had replaced and not removed would be nobody's predecessor any more, and in effect again.
        foreach (VolumeRecord old in content.Records.Where(r => r.Volume == record.Volume && r.Name != before && (r.Part is null || content.Find(r.Part) is null)))
            libvirt.Delete(old.Name);
        record = record with { Part = part, Replaces = before == record.Name ? null : before };
        Send(libvirt, source, part, journal, progress, cancellation);
        if (before == record.Name)
            libvirt.Delete(before);
        WriteRecord(libvirt, record, journal);
        try
        {
            await swap.RenameAsync(folder, part, record.Volume, cancellation).ConfigureAwait(false);
        }
        catch (FactoryException)
        {
            // The answer of a rename that was done may be lost.
            if ((await PoolContent.ReadAsync(libvirt, place, cancellation).ConfigureAwait(false)).Whole(record.Volume, record.Image) is null)
                throw;
        }

        return record;
    }

    private static void Send(LibvirtConnection libvirt, IExtentSource source, string name, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        long total = DataOf(source);
        journal.Intend(Volume, name);
        libvirt.Create(name, source.Length);
        libvirt.Upload(name, source, done => progress.Report(new TransferProgress(done, total)), cancellation);
    }

    private static void WriteRecord(LibvirtConnection libvirt, VolumeRecord record, PublicationJournal journal)
    {
        byte[] bytes = record.ToBytes();
        journal.Intend(Volume, record.Name);
        libvirt.Create(record.Name, bytes.Length);
        using BytesSource source = new(bytes);
        libvirt.Upload(record.Name, source, _ => { }, CancellationToken.None);
    }

    /// <summary>
    /// The volume is whole and has its record: claim and the record before it have done their work. Neither cancelled nor a failure: the image is there,
    /// and the next publish or gc removes what stays.
    /// </summary>
    private async Task TidyAsync(LibvirtConnection libvirt, VolumeRecord record)
    {
        string remains = VolumeRecord.ClaimOf(record.Volume, Owner);
        try
        {
            libvirt.Delete(remains);
            if (record.Replaces is { } old)
            {
                remains = old;
                libvirt.Delete(old);
            }

            await PoolContent.ReadAsync(libvirt, place, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is LibvirtError or FactoryException)
        {
            place.Around.Reporter.Report(new Faulted(PublishFaults.LeftBehind(Where, Remains, remains, e.Message)));
        }
    }

    private bool IsRemains(PoolContent content, string name)
    {
        if (VolumeRecord.ClaimedBy(name, Owner) is not null || VolumeRecord.IsPart(name, Owner))
            return true;
        return content.Records.FirstOrDefault(r => r.Name == name) is { } record
            ? record.Owner == Owner && content.InEffect(record.Volume) != record
            : VolumeRecord.IsBrokenRecord(name, Owner);
    }

    private void RemovePoolIfEmpty(LibvirtConnection libvirt, PoolContent content)
    {
        string mark = VolumeRecord.PoolMarkOf(Owner);
        if (content.Volumes.Any(v => v.Name != mark) || content.Find(mark) is null)
            return;
        libvirt.Delete(mark);
        libvirt.RemovePool();
    }

    /// <summary>A machine that has the volume as a disk, or a volume that stands on it.</summary>
    private string? UserOf(LibvirtConnection libvirt, PoolContent content, string volume)
    {
        string path = content.Find(volume)!.Path;
        if (content.Volumes.FirstOrDefault(v => v.Backing == path) is { } above)
            return $"volume {above.Name}";
        XElement? machine = libvirt.Machines().FirstOrDefault(m => m.Descendants("source").Any(s =>
            (string?)s.Attribute("file") == path || ((string?)s.Attribute("pool") == place.Pool && (string?)s.Attribute("volume") == volume)));
        return machine is null ? null : $"machine {(string?)machine.Element("name")}";
    }
}
