using System.Globalization;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Disk;

/// <summary>
/// The EFI system partition: FAT32 with the UKI as <c>\EFI\BOOT\BOOTX64.EFI</c> and nothing else. A second UKI that the firmware could
/// reach would make the measurements ambiguous.
/// </summary>
internal static class EfiSystemPartition
{
    public const string UkiPath = "::/EFI/BOOT/BOOTX64.EFI";

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
    public static async Task MakeAsync(StageScope scope, Toolbox tools, string uki, string partition, DiskSeed seed, long epoch, CancellationToken cancellation)
    {
        await using (FileStream file = File.Create(partition))
            file.SetLength(SizeFor(new FileInfo(uki).Length));

        // The time stamps of the copy are those of the file that is copied.
        string source = Path.Combine(scope.Work.FullName, "BOOTX64.EFI");
        File.Copy(uki, source);
        File.SetLastWriteTimeUtc(source, DateTimeOffset.FromUnixTimeSeconds(epoch).UtcDateTime);

        string volumeId = Convert.ToHexString(seed.Bytes("esp"))[..8];
        await RunAsync("mkfs.vfat", ["--invariant", "-F", "32", "-S", "512", "-s", "1", "-i", volumeId, "-n", "ESP", partition]).ConfigureAwait(false);
        await RunAsync("mmd", ["-i", partition, "::/EFI", "::/EFI/BOOT"]).ConfigureAwait(false);
        await RunAsync("mcopy", ["-i", partition, "-m", source, UkiPath]).ConfigureAwait(false);

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
