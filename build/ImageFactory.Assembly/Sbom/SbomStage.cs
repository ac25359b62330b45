using System.Buffers;
using System.Security.Cryptography;
using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Sbom;

/// <summary>Lists what is in the image, from the package database inside and the files that no package brought, in two formats.</summary>
/// <param name="root">Where the files are.</param>
/// <param name="recipe">Name of the recipe.</param>
/// <param name="image">Stage and file of the disk.</param>
/// <param name="epoch">Time of the documents.</param>
/// <param name="toolVersion">Of the factory.</param>
/// <param name="isEncrypted">The root is for its machines only: names and digests of the files in it are not told.</param>
internal sealed class SbomStage(AssembledRoot root, string recipe, (string Stage, string File) image, long epoch, string toolVersion, bool isEncrypted) : IStage
{
    private const string Revision = "2";

    public const string StageName = "sbom";
    public const string ArtifactKind = "sbom";

    public string Name => StageName;

    public IReadOnlyList<string> After => [.. root.Stages, image.Stage];

    public void Describe(StageKey key) => key.Add("revision", Revision).Add("recipe", recipe).Add("image", image.File).Add("epoch", epoch).Add("tool", toolVersion).Add("encrypted", isEncrypted ? "yes" : "no");

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        FileTree tree = root.Read(scope, "the root file system", cancellation);
        OperatingSystemFacts system = OperatingSystemFacts.Of(tree);
        InstalledPackages? installed = Find(tree, system, scope.Log);
        SbomContent content = new()
        {
            Name = recipe,
            Image = await scope.InputDigestAsync(image.Stage, image.File, cancellation).ConfigureAwait(false),
            ImageFile = image.File,
            ToolVersion = toolVersion,
            Created = DateTimeOffset.FromUnixTimeSeconds(epoch),
            System = system,
            Packages = installed?.Packages ?? [],
            Files = installed is not null && !isEncrypted ? Files(tree, installed, cancellation) : [],
            NotListed =
            [
                "what boots the root file system: kernel image, initrd and boot stub are made of packages, those of the tools among them",
                .. installed is null ? ["packages and files: there is no package database, or one that is not read"] : Array.Empty<string>(),
                .. installed is not null && isEncrypted ? ["files that no package brought: the root file system is encrypted"] : Array.Empty<string>(),
            ],
        };
        await File.WriteAllTextAsync(scope.OutputFile(CycloneDxWriter.FileName), CycloneDxWriter.Write(content), cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(SpdxWriter.FileName), SpdxWriter.Write(content), cancellation).ConfigureAwait(false);
    }

    private static SbomFile[] Files(FileTree tree, InstalledPackages installed, CancellationToken cancellation)
    {
        TreeItem[] items = [.. tree.Walk()
            .Where(i => i.Entry.Type == TreeEntryType.File && !installed.Owned.ContainsKey(i.Path) && !installed.IsDatabase(i.Path))
            .OrderBy(i => i.Path, StringComparer.Ordinal)];
        SbomFile[] files = new SbomFile[items.Length];
        Parallel.For(0, items.Length, new ParallelOptions { CancellationToken = cancellation }, i => files[i] = FileOf(items[i]));
        return files;
    }

    private static SbomFile FileOf(TreeItem item)
    {
        using IncrementalHash sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using IncrementalHash sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        using Stream stream = item.Entry.Content.Open();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(128 << 10);
        try
        {
            while (stream.Read(buffer) is > 0 and int count)
            {
                sha256.AppendData(buffer, 0, count);
                sha1.AppendData(buffer, 0, count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new SbomFile(item.Path, new Sha256(sha256.GetHashAndReset()), Convert.ToHexStringLower(sha1.GetHashAndReset()));
    }

    /// <summary>An image whose packages cannot be listed is still an image; the documents say what they lack.</summary>
    private static InstalledPackages? Find(FileTree tree, OperatingSystemFacts system, IStageLog log)
    {
        try
        {
            if (InstalledPackages.Find(tree) is { } installed)
                return installed;
            log.Warn(SbomFaults.NoDatabase(system.Name).AsWarning());
        }
        catch (FactoryException e)
        {
            foreach (Fault fault in e.Faults)
                log.Warn(fault.AsWarning());
        }

        return null;
    }
}
