using ImageFactory.Assembly.Tree;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Registry;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Containers;

/// <summary>Takes the disk out of an image or an artifact while it streams in. Output: <c>disk.img</c>, whose format its first bytes tell.</summary>
/// <param name="path">Of the disk in the image; of an artifact the name of its file, null when it has but one.</param>
internal sealed class FetchDiskStage(string what, string? path, Architecture architecture, RegistryAccess registry) : IStage
{
    private const string Revision = "1";

    /// <summary>Far above what a pod VM needs, far below what a bomb claims.</summary>
    private const long MostBytes = 256L << 30;

    /// <summary>As an absolute path, for images.</summary>
    private string PathInImage => TreePath.Join("/", path ?? PodVmImageUri.DefaultPath);

    public const string DiskFile = "disk.img";

    public string Name => ImageStages.Fetch(what);

    public IReadOnlyList<string> After => [ImageStages.Resolve(what)];

    public void Describe(StageKey key) => key.Add("revision", Revision).Add("path", path ?? "");

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        ImageReference pinned = PinnedImage.ReferenceFrom(scope, ImageStages.Resolve(what));
        using RegistryClient client = registry.OpenFor(pinned, scope);
        ResolvedImage image = await client.ResolveAsync(pinned, architecture, cancellation).ConfigureAwait(false);
        string target = scope.OutputFile(DiskFile);
        void Progress(long done, long total) => scope.Log.Progress(done, total, "bytes");
        scope.Hashed[DiskFile] = image.Manifest.IsArtifact
            ? await new ArtifactDisk(client, image, MostBytes, Progress).ExtractAsync(path, target, cancellation).ConfigureAwait(false)
            : await new ImageFileExtractor(client, image, MostBytes, Progress).ExtractAsync(PathInImage, target, cancellation).ConfigureAwait(false);
        Check(target, image.Reference.ToString());
    }

    private void Check(string file, string image)
    {
        try
        {
            using IExtentSource disk = DiskImage.Open(file);
            if (disk is RawFileSource && !HasPartitions(disk))
                throw new FactoryException(ContainerFaults.NoDisk(image, PathInImage));
        }
        catch (FactoryException e) when (e.Faults.Any(f => f.Code.StartsWith("IFI", StringComparison.Ordinal)))
        {
            // The file is ours; who reads the fault knows the image.
            throw new FactoryException([.. e.Faults.Select(f => f.At($"{image} {PathInImage}"))], e);
        }
    }

    /// <summary>The last two bytes of a first sector with a partition table, GPT's protective one too.</summary>
    private static bool HasPartitions(IExtentSource disk)
    {
        Span<byte> mark = stackalloc byte[2];
        if (disk.Length < 512)
            return false;
        disk.Read(510, mark);
        return mark is [0x55, 0xaa];
    }
}
