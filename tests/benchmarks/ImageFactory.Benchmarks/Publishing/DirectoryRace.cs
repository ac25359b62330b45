using System.Security.Cryptography;
using ImageFactory.Model.Recipes;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing;
using ImageFactory.Publishing.Running;

namespace ImageFactory.Benchmarks.Publishing;

/// <summary>A qcow2 as builds leave it. The bare loop writes its data in parallel, hashes it as SHA256SUMS demands, and waits for the disk.</summary>
internal sealed class DirectoryRace : IRace
{
    public int Piece => 4 << 20;

    public string Prepare(string disk)
    {
        DestinationCall.Time("qemu-img", "convert", "-f", "raw", "-O", "qcow2", disk, disk + ".qcow2");
        return disk + ".qcow2";
    }

    public Task<string[]> OpenAsync() => Task.FromResult<string[]>([]);

    public Task ForgetAsync() => Task.CompletedTask;

    public async Task BareAsync(IReadOnlyList<(long Offset, byte[] Content)> pieces, string folder, string[] service)
    {
        await using FileStream target = new(Path.Combine(folder, "bare"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
        Task<byte[]> digest = Task.Run(() =>
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach ((long _, byte[] content) in pieces)
                hash.AppendData(content);
            return hash.GetHashAndReset();
        });
        // One behind the other, as they lie in a qcow2.
        await Parallel.ForEachAsync(pieces.Index(), async (piece, token) =>
            await RandomAccess.WriteAsync(target.SafeFileHandle, piece.Item.Content, (long)piece.Index * Piece, token));
        target.Flush(flushToDisk: true);
        await digest;
    }

    public PreparedDestination Destination(string folder, string[] service)
    {
        string target = Path.Combine(folder, "published");
        DestinationSetting setting = DestinationCall.Setting(
            new DirectoryDestination { Path = new SourcePath(target, target), Formats = [DirectoryFormat.Qcow2] },
            new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" });
        return new PreparedDestination("it", setting, PublisherKinds.Of(setting.Destination).Create(setting));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
