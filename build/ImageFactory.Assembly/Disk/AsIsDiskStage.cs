using ImageFactory.Assembly.Bases;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Qcow2;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Disk;

/// <summary>
/// Hands on a finished image. One that has the wanted format already is copied byte by byte, so that its digest stays what its publisher gives;
/// of another format, the disk that a machine sees stays the same bit by bit.
/// </summary>
/// <param name="disk">The image; its format is known by its first bytes.</param>
/// <param name="settings">With the format that the image file is to have.</param>
internal sealed class AsIsDiskStage(StageFile disk, DiskSettings settings) : IStage
{
    private const string Revision = "1";

    public string Name => DiskStage.StageName;

    public IReadOnlyList<string> After => [disk.Stage];

    public void Describe(StageKey key) => key.Add("as-is", Revision).Add("format", settings.Format.ToString());

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        string image = scope.OutputFile(DiskStage.ImageFile(settings));
        if (await ConvertAsync(disk.In(scope), image, scope.Log, cancellation).ConfigureAwait(false))
            scope.Log.Info($"the image has another format than {settings.Format.ToString().ToLowerInvariant()} and becomes one, its disk bit by bit the same");
        await File.WriteAllTextAsync(scope.OutputFile(DiskStage.FactsFile), CanonicalJson.Write(KeptDiskStage.Facts(image, settings.Format)), cancellation).ConfigureAwait(false);
    }

    /// <returns>Whether the format had to be changed.</returns>
    private async Task<bool> ConvertAsync(string source, string image, IStageLog log, CancellationToken cancellation)
    {
        using IExtentSource content = DiskImage.Open(source);
        DiskFormat? found = content switch
        {
            Qcow2Source => DiskFormat.Qcow2,
            RawFileSource => DiskFormat.Raw,
            _ => null,
        };
        if (found == settings.Format && found == DiskFormat.Qcow2)
        {
            FileCopy.Copy(source, image, cancellation);
            return false;
        }

        // A raw disk is copied without its holes, which is the same file.
        await using FileStream target = File.Create(image);
        IExtentSource wanted = settings.Format == DiskFormat.Qcow2 ? new Qcow2View(content) : content;
        await SparseCopy.CopyAsync(wanted, target, 0, done => log.Progress(done, wanted.Length, "bytes"), cancellation).ConfigureAwait(false);
        return found != settings.Format;
    }
}
