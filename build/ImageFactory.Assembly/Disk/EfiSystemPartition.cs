using System.Globalization;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Disk;

/// <summary>
/// The EFI system partition: FAT32 with the UKI as <c>\EFI\BOOT\BOOTX64.EFI</c> and nothing else, or what a vendor has there with the vendor's one UKI. A second UKI that the firmware could
/// reach would make the measurements ambiguous.
/// </summary>
internal static class EfiSystemPartition
{
    public const string UkiPath = "EFI/BOOT/BOOTX64.EFI";

    /// <summary>Below this FAT32 has too few clusters, even with one sector each; it must not be FAT16, which firmware may refuse.</summary>
    private const long SmallestFat32 = 40L << 20;

    /// <summary>Room for both copies of the table (two bits in a thousand at one-sector clusters come to 1.6 %), and for folders.</summary>
    public static long SizeFor(long uki)
    {
        const long Mebibyte = 1L << 20;
        long needed = uki + (uki / 50) + (2 * Mebibyte);
        return Math.Max(SmallestFat32, (needed + Mebibyte - 1) / Mebibyte * Mebibyte);
    }

    /// <summary>Makes the partition's content as a file of its own; mtools writes into it, so nothing is mounted.</summary>
    /// <param name="files">By their paths in the partition.</param>
    public static async Task MakeAsync(
        StageScope scope, Toolbox tools, IReadOnlyDictionary<string, string> files, string partition, DiskSeed seed, long epoch, CancellationToken cancellation)
    {
        await using (FileStream file = File.Create(partition))
            file.SetLength(SizeFor(files.Values.Sum(f => new FileInfo(f).Length)));

        string volumeId = Convert.ToHexString(seed.Bytes("esp"))[..8];
        await RunAsync("mkfs.vfat", ["--invariant", "-F", "32", "-S", "512", "-s", "1", "-i", volumeId, "-n", "ESP", partition]).ConfigureAwait(false);
        await RunAsync("mmd", ["-i", partition, .. Folders(files.Keys).Select(f => "::/" + f)]).ConfigureAwait(false);
        foreach ((string path, string source) in files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            // The time stamps of the copy are those of the file that is copied.
            string dated = Path.Combine(scope.Work.FullName, Path.GetFileName(path));
            File.Copy(source, dated, overwrite: true);
            File.SetLastWriteTimeUtc(dated, DateTimeOffset.FromUnixTimeSeconds(epoch).UtcDateTime);
            await RunAsync("mcopy", ["-i", partition, "-m", dated, "::/" + path]).ConfigureAwait(false);
        }

        static IEnumerable<string> Folders(IEnumerable<string> paths) => paths
            .SelectMany(p => p.Split('/').SkipLast(1).Aggregate(new List<string>(), (above, name) => [.. above, above.Count == 0 ? name : $"{above[^1]}/{name}"]))
            .Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal);

        Task<ProgramResult> RunAsync(string program, string[] arguments)
        {
            ProgramCall call = tools.Call(program, arguments);
            return scope.Programs.RunAsync(
                call with
                {
                    Environment = new Dictionary<string, string>(call.Environment)
                    {
                        ["SOURCE_DATE_EPOCH"] = epoch.ToString(CultureInfo.InvariantCulture),
                        ["TZ"] = "UTC",
                        ["MTOOLSRC"] = "/dev/null",
                        ["MTOOLS_SKIP_CHECK"] = "1",
                    },
                },
                cancellation);
        }
    }
}
