using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Pipeline.Storage;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Containers.Sharing;

/// <summary>
/// A repository as shared store. An output is an artifact with the tag <c>stage-KEY</c>: its entry is the configuration, each file a blob, so that equal
/// files lie there once and those that are there are not sent. Who builds a key says so with the tag <c>claim-KEY</c>.
/// </summary>
public sealed class RegistryStore : ISharedStore, IDisposable
{
    private const string EntryType = "application/vnd.imagefactory.stage.v1+json";
    private const string FileType = "application/octet-stream";

    /// <summary>Manifests end at 4 MiB everywhere and at a thousand blobs here; trees of programs are made anew faster than they are sent in pieces.</summary>
    private const int MostFiles = 500;
    private const int MostEntryBytes = 4 << 20;

    private readonly RegistryClient client;
    private readonly ImageReference place;
    private readonly Repository repository;
    private readonly Claims claims;

    /// <param name="place">The repository; tag and digest are not looked at.</param>
    /// <param name="patience">A claim that does not change for this long is a dead machine's.</param>
    public RegistryStore(ImageReference place, RegistryAccess access, TimeSpan patience)
    {
        this.place = place;
        client = access.Open();
        repository = client.OpenRepository(place);
        claims = new Claims(repository, access.Time, patience);
    }

    public async Task<StoreEntry?> TakeAsync(Sha256 key, DirectoryInfo output, CancellationToken cancellation)
    {
        string tag = TagOf(key);
        if (await repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false) is null)
            return null;

        // What has been built runs anywhere; the architecture is part of the key.
        ResolvedImage found = await client.ResolveAsync(ImageReference.Parse($"{place.Host}/{place.Repository}:{tag}"), Architecture.X64, cancellation).ConfigureAwait(false);
        StoreEntry entry = Parse(await client.ReadBlobAsync(found, found.Manifest.Config, MostEntryBytes, cancellation).ConfigureAwait(false), tag);
        Dictionary<string, Descriptor> blobs = found.Manifest.Layers.DistinctBy(l => l.Digest).ToDictionary(l => l.Digest.Encoded, StringComparer.Ordinal);
        foreach (StoredFile file in entry.Files.OrderBy(f => f.Path, StringComparer.Ordinal))
            await WriteAsync(file, PathIn(output, file.Path, tag), found, blobs, cancellation).ConfigureAwait(false);

        // Last, so that a folder without the right to write takes its files first.
        foreach (StoredFile folder in entry.Files.Where(f => f.Type == StoredFileType.Folder).OrderByDescending(f => f.Path, StringComparer.Ordinal))
            File.SetUnixFileMode(PathIn(output, folder.Path, tag), ModeOf(folder));
        return entry;
    }

    public async Task<bool> GiveAsync(StoreEntry entry, DirectoryInfo output, CancellationToken cancellation)
    {
        StoredFile[] files = [.. entry.Files.Where(f => f is { Type: StoredFileType.File, Size: > 0 }).DistinctBy(f => f.Digest)];
        if (files.Length > MostFiles)
            return false;
        List<Descriptor> layers = [];
        foreach (StoredFile file in files)
        {
            Descriptor descriptor = new(FileType, ContentDigest.Parse("sha256:" + file.Digest!.Value.Hex), file.Size);
            layers.Add(descriptor);
            using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(Path.Combine(output.FullName, file.Path));
            await PushAsync(new BlobToPush(descriptor, (offset, destination) => ReadExactly(handle, offset, destination)), cancellation).ConfigureAwait(false);
        }

        byte[] json = entry.ToJson();
        Descriptor config = new(EntryType, ContentDigest.Of(json), json.Length);
        await PushAsync(BlobToPush.Of(config, json), cancellation).ConfigureAwait(false);
        byte[] manifest = ManifestText.Manifest(config, layers, EntryType, new Dictionary<string, string> { ["org.opencontainers.image.title"] = entry.Stage });
        await repository.PutManifestAsync(TagOf(entry.Key), MediaTypes.OciManifest, manifest, cancellation).ConfigureAwait(false);
        return true;
    }

    public Task<IAsyncDisposable?> TryClaimAsync(Sha256 key, CancellationToken cancellation) => claims.TryTakeAsync(key, cancellation);

    public void Dispose() => client.Dispose();

    private static string TagOf(Sha256 key) => "stage-" + key.Hex;

    private async Task PushAsync(BlobToPush blob, CancellationToken cancellation)
    {
        if (!await repository.HasBlobAsync(blob.Descriptor, cancellation).ConfigureAwait(false))
            await repository.PushBlobAsync(blob, null, null, null, cancellation).ConfigureAwait(false);
    }

    private async Task WriteAsync(StoredFile file, string path, ResolvedImage found, Dictionary<string, Descriptor> blobs, CancellationToken cancellation)
    {
        switch (file.Type)
        {
            case StoredFileType.Folder:
                Directory.CreateDirectory(path);
                return;
            case StoredFileType.Link:
                File.CreateSymbolicLink(path, file.Link!);
                return;
            default:
                break;
        }

        await using (FileStream target = new(path, FileMode.CreateNew))
        {
            if (file.Size > 0)
            {
                Descriptor blob = blobs.GetValueOrDefault(file.Digest!.Value.Hex) ?? throw new FactoryException(SharingFaults.NotAnEntry(found.Reference.ToString(), $"{file.Path} is missing"));
                await using BlobStream content = client.OpenBlob(found, blob);
                await content.CopyToAsync(target, cancellation).ConfigureAwait(false);
            }
        }

        File.SetUnixFileMode(path, ModeOf(file));
    }

    /// <summary>A path that leads out of the folder is nobody's honest entry.</summary>
    private string PathIn(DirectoryInfo output, string path, string tag)
    {
        string full = Path.GetFullPath(path, output.FullName);
        if (!full.StartsWith(output.FullName + "/", StringComparison.Ordinal))
            throw new FactoryException(SharingFaults.NotAnEntry($"{repository.Name}:{tag}", $"{path} leads out of the output"));

        // Nor may a link on the way lead out.
        for (string? folder = Path.GetDirectoryName(full); folder is not null && folder.Length > output.FullName.Length; folder = Path.GetDirectoryName(folder))
        {
            if (new DirectoryInfo(folder).LinkTarget is not null)
                throw new FactoryException(SharingFaults.NotAnEntry($"{repository.Name}:{tag}", $"{path} lies behind a link"));
        }

        return full;
    }

    private StoreEntry Parse(byte[] json, string tag)
    {
        try
        {
            return StoreEntry.Parse(json);
        }
        catch (JsonException e)
        {
            throw new FactoryException(SharingFaults.NotAnEntry($"{repository.Name}:{tag}", e.Message), e);
        }
    }

    private static UnixFileMode ModeOf(StoredFile file) => (UnixFileMode)Convert.ToInt32(file.Mode, 8);

    private static void ReadExactly(Microsoft.Win32.SafeHandles.SafeFileHandle handle, long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int count = RandomAccess.Read(handle, destination, offset);
            if (count == 0)
                throw new EndOfStreamException();
            offset += count;
            destination = destination[count..];
        }
    }
}
