using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Directories;

/// <summary>
/// Writes an image's files under hidden names, then renames all of them: the record first, so that every file in place has an owner even when
/// the run dies in between, the checksums last. Who reads the folder meanwhile sees whole files only.
/// </summary>
internal sealed class DirectoryPublisher(DestinationSetting setting, DirectoryDestination destination) : IPublisher
{
    private const string Part = ".part";

    private readonly string folder = destination.Path.FullPath;

    public string Place => $"directory {Path.Combine(destination.Path.FullPath, destination.Name ?? "*")}";

    public Task<IReadOnlyList<Fault>> CheckAsync(ImageDescription image, CancellationToken cancellation)
    {
        List<Fault> faults = [];
        string name = NameOf(image);
        if (destination.Formats.Count == 0)
            faults.Add(DirectoryFaults.NoFormat(setting.Where));
        if (name.Length is 0 or > 200 || name[0] == '.' || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '+'))
        {
            faults.Add(DirectoryFaults.Name(setting.Where, name));
            return Task.FromResult<IReadOnlyList<Fault>>(faults);
        }

        // Of qcow2 it is known only later whether the image is one already, which it nearly always is.
        if (destination.Formats.Contains(DirectoryFormat.Vmdk) && !HasQemuImg())
            faults.Add(DirectoryFaults.QemuImgMissing(setting.Where, "vmdk"));
        if (FindRefusal(name) is { } refusal)
            faults.Add(refusal);
        if (FindUnwritable() is { } reason)
            faults.Add(DirectoryFaults.NotWritable(setting.Where, folder, reason));
        return Task.FromResult<IReadOnlyList<Fault>>(faults);
    }

    public async Task<Publication> PublishAsync(PublishableImage image, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        string name = NameOf(image.Description);
        if (FindRefusal(name) is { } refusal)
            throw new FactoryException(refusal);
        try
        {
            if (DirectoryRecord.TryRead(RecordOf(name)) is { } there && there.Image == image.Digest && await IsWholeAsync(there, cancellation).ConfigureAwait(false))
                return ToPublication(there, adopted: true);
            return await WriteAsync(image, name, journal, progress, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(DirectoryFaults.NotWritable(setting.Where, folder, e.Message), e);
        }
    }

    public Task RemoveLeftOverAsync(JournaledObject leftOver, CancellationToken cancellation)
    {
        // A name that the file system refuses cannot be deleted, and never came to be.
        if (File.Exists(leftOver.Key))
            File.Delete(leftOver.Key);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<PlacedObject>> FindAsync(CancellationToken cancellation)
    {
        if (!Directory.Exists(folder))
            return Task.FromResult<IReadOnlyList<PlacedObject>>([]);
        List<PlacedObject> found = [];
        foreach (string path in Directory.GetFiles(folder, "*" + DirectoryRecord.Ending).Order(StringComparer.Ordinal))
        {
            if (DirectoryRecord.TryRead(path) is { } record && record.Owner == setting.Owner && (destination.Name is null || path == RecordOf(destination.Name)))
                found.Add(new PlacedObject("files", path) { Name = Path.GetFileName(path)[..^DirectoryRecord.Ending.Length], Image = record.Image });
        }

        // Parts are hidden files whose name tells the owner; a part of a living run is protected by its journal.
        foreach (string path in Directory.GetFiles(folder, $".{setting.Owner}.*{Part}", new EnumerationOptions { AttributesToSkip = FileAttributes.None }).Order(StringComparer.Ordinal))
            found.Add(new PlacedObject("part", path) { IsOrphan = true });
        return Task.FromResult<IReadOnlyList<PlacedObject>>(found);
    }

    public Task RemoveAsync(PlacedObject found, bool force, CancellationToken cancellation)
    {
        // The record goes last: with it gone nobody would know whose the files are.
        if (found.Kind == "files" && DirectoryRecord.TryRead(found.Id) is { } record)
        {
            foreach (DirectoryFile file in record.Files)
                File.Delete(Path.Combine(folder, file.Name));
            File.Delete(SumsOf(found.Name!));
        }

        File.Delete(found.Id);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private string NameOf(ImageDescription image) => destination.Name ?? image.Recipe;

    private string RecordOf(string name) => Path.Combine(folder, name + DirectoryRecord.Ending);

    private string SumsOf(string name) => Path.Combine(folder, name + ".SHA256SUMS");

    private async Task<Publication> WriteAsync(
        PublishableImage image, string name, PublicationJournal journal, IProgress<TransferProgress> progress, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        List<DirectoryFile> files = [];
        List<(string Part, string Final)> renames = [];
        foreach (DirectoryFormat format in destination.Formats.Distinct())
        {
            string final = name + DiskWriter.EndingOf(format);
            string part = Plan(final);
            Sha256 digest = await DiskWriter.WriteAsync(image, format, part, setting.Surroundings, progress, cancellation).ConfigureAwait(false);
            files.Add(new DirectoryFile(final, new FileInfo(part).Length, digest));
        }

        DirectoryRecord? before = DirectoryRecord.TryRead(RecordOf(name));
        DirectoryRecord record = new(setting.Owner, image.Digest, image.Description.RecipeDigest, ImageTags.Of(setting, image).ToDictionary(), files);
        await File.WriteAllTextAsync(Plan(name + ".SHA256SUMS"), string.Concat(files.Select(f => f.SumLine)), cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(Plan(name + DirectoryRecord.Ending), record.ToText(), cancellation).ConfigureAwait(false);

        // From here on it is not cancelled: renames take no time, and a half of them would be neither the old image nor the new one.
        foreach ((string part, string final) in renames.OrderByDescending(r => r.Final.EndsWith(DirectoryRecord.Ending, StringComparison.Ordinal)))
        {
            File.Move(part, final, overwrite: true);
            journal.Removed("part", part);
        }

        foreach (DirectoryFile old in before?.Files.Where(o => files.All(f => f.Name != o.Name)) ?? [])
            File.Delete(Path.Combine(folder, old.Name));
        return ToPublication(record, adopted: false);

        string Plan(string final)
        {
            string part = Path.Combine(folder, $".{setting.Owner}.{final}{Part}");
            journal.Intend("part", part);
            renames.Add((part, Path.Combine(folder, final)));
            return part;
        }
    }

    private Publication ToPublication(DirectoryRecord record, bool adopted) =>
        new(Place, "directory", Path.Combine(folder, record.Files[0].Name), adopted, adopted ? 0 : record.Files.Sum(f => f.Size))
        {
            Objects = record.Files.ToDictionary(f => f.Name, f => f.Sha256.Hex),
        };

    /// <summary>A file of ours may be replaced by a newer image; one of somebody else, or of nobody, may not.</summary>
    private Fault? FindRefusal(string name)
    {
        DirectoryRecord? record = DirectoryRecord.TryRead(RecordOf(name));
        if (record is not null && record.Owner != setting.Owner)
            return DirectoryFaults.OfAnother(setting.Where, RecordOf(name), record.Owner);
        string? stranger = destination.Formats.Select(f => name + DiskWriter.EndingOf(f)).FirstOrDefault(f => File.Exists(Path.Combine(folder, f)) && record?.Files.Any(r => r.Name == f) != true);
        return stranger is null ? null : DirectoryFaults.Unknown(setting.Where, Path.Combine(folder, stranger));
    }

    private async Task<bool> IsWholeAsync(DirectoryRecord record, CancellationToken cancellation)
    {
        if (!destination.Formats.All(f => record.Files.Any(r => r.Name.EndsWith(DiskWriter.EndingOf(f), StringComparison.Ordinal))))
            return false;
        foreach (DirectoryFile file in record.Files)
        {
            FileInfo info = new(Path.Combine(folder, file.Name));
            if (!info.Exists || info.Length != file.Size || await DiskWriter.DigestAsync(info.FullName, cancellation).ConfigureAwait(false) != file.Sha256)
                return false;
        }

        return true;
    }

    private string? FindUnwritable()
    {
        // The nearest folder that exists decides; nothing is made by a check.
        string? at = folder;
        while (at is not null && !Directory.Exists(at))
        {
            if (File.Exists(at))
                return $"{at} is a file";
            at = Path.GetDirectoryName(at);
        }

        if (at is null)
            return "there is no such folder";
        try
        {
            string probe = Path.Combine(at, $".{Guid.NewGuid():n}{Part}");
            using FileStream stream = new(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private bool HasQemuImg() =>
        (setting.Surroundings.Variable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin").Split(':').Any(f => f.Length > 0 && File.Exists(Path.Combine(f, "qemu-img")));
}
