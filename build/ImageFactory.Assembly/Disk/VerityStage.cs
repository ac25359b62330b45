using ImageFactory.Images.Extents;
using ImageFactory.Images.Verity;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Disk;

/// <summary>Makes the dm-verity hash tree over the root file system; its root hash binds every byte of it.</summary>
internal sealed class VerityStage(DiskSeed seed) : IStage
{
    private const string Revision = "1";

    public const string StageName = "verity";
    public const string HashFile = "root.verity";

    /// <summary>The root hash, 64 hex digits.</summary>
    public const string RootHashFile = "roothash";

    public string Name => StageName;

    public IReadOnlyList<string> After => [RootImageStage.StageName];

    public void Describe(StageKey key) =>
        key.Add("revision", Revision).Add("uuid", seed.Uuid("verity").ToString()).Add("salt", Convert.ToHexStringLower(seed.Bytes("verity-salt")));

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        using RawFileSource data = RawFileSource.Open(scope.Input(RootImageStage.StageName, RootImageStage.ImageFile));
        await using FileStream target = File.Create(scope.OutputFile(HashFile));
        Sha256 rootHash = await VerityTree.WriteAsync(data, target, 0, seed.Bytes("verity-salt"), seed.Uuid("verity"), cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(scope.OutputFile(RootHashFile), rootHash.Hex, cancellation).ConfigureAwait(false);
    }

    public static async Task<Sha256> ReadRootHashAsync(StageScope scope, CancellationToken cancellation) =>
        new(await File.ReadAllTextAsync(scope.Input(StageName, RootHashFile), cancellation).ConfigureAwait(false));
}
