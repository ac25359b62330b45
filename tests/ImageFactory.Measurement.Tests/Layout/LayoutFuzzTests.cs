using System.Diagnostics;
using System.Text;
using ImageFactory.Images.Tests;
using ImageFactory.Measurement.Layout;
using ImageFactory.Measurement.Tests.Support;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Tests.Layout;

/// <summary>Damaged disks of a fixed seed: one boot is found, or a fault says why not, in bounded time and memory.</summary>
[Trait("needs", "mtools")]
public sealed class LayoutFuzzTests
{
    private const int Inputs = 15_000;

    private static readonly string[] Words =
    [
        "efi", "uki", "linux", "options", "initrd", "title", " ", "\n", "#", "/", "\\", "..", "podvm.efi", "/EFI/Linux/", "+3-1.efi", "\0", "\ufeff", ",", "\r\n", "ü", "shimx64.efi",
    ];

    [Theory]
    [InlineData("entry")]
    [InlineData("fallback")]
    public async Task Fifteen_thousand_damaged_disks_are_read_or_refused(string kind)
    {
        using ScratchFolder folder = new();
        TestDisk disk = new() { UkiPath = "/podvm.efi" };
        byte[] text = kind == "entry" ? "title a pod VM\nefi /podvm.efi\nsort-key podvm\n"u8.ToArray() : Encoding.Unicode.GetBytes("\ufeffshimx64.efi,label,\\podvm.efi console=ttyS0,an entry\n");
        if (kind == "entry")
        {
            disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("systemd-boot");
            disk.Files["/loader/entries/podvm.conf"] = text;
            disk.Files["/loader/loader.conf"] = "timeout 0\n"u8.ToArray();
        }
        else
        {
            disk.Files["/EFI/BOOT/BOOTX64.EFI"] = TestDisk.Loader("shim");
            disk.Files["/EFI/BOOT/fbx64.efi"] = TestDisk.Loader("fallback");
            disk.Files["/EFI/vendor/shimx64.efi"] = TestDisk.Loader("shim");
            disk.Files["/EFI/vendor/BOOTX64.CSV"] = text;
        }

        disk.Files["/podvm.efi.extra.d/a.addon.efi"] = await TestDisk.AddonAsync((".cmdline", "quiet"u8.ToArray()));
        disk.Files["/loader/credentials/a.cred"] = [1, 2, 3];
        byte[] sample = File.ReadAllBytes(await disk.WriteAsync(folder));
        int[] hot = HotOffsets(sample, text);
        int found = 0;
        Stopwatch time = Stopwatch.StartNew();
        long before = GC.GetTotalAllocatedBytes(precise: true);

        // A copy of the disk for each thread; what was damaged is put back.
        Parallel.For(0, Inputs, () => sample.ToArray(), (index, _, bytes) =>
        {
            Random random = new(index);
            List<(int At, byte Old)> damage = [.. Damage(bytes, hot, text, random)];
            try
            {
                List<Fault> warnings = [];
                BootLayout layout = LayoutReader.Read(MemorySource.Of(bytes), "fuzz", warnings);
                Assert.Equal(ProgramKind.Uki, layout.Uki.Kind);
                Interlocked.Increment(ref found);
            }
            catch (FactoryException e)
            {
                Assert.Matches("^IF[IM][1-5]", e.Faults[0].Code);
            }

            for (int change = damage.Count - 1; change >= 0; change--)
                bytes[damage[change].At] = damage[change].Old;
            return bytes;
        }, _ => { });

        Assert.InRange(found, Inputs / 20, Inputs - (Inputs / 5));
        Assert.True((GC.GetTotalAllocatedBytes(precise: true) - before) / Inputs < 2 << 20, "more than 2 MiB for one disk");
        Assert.True(time.Elapsed < TimeSpan.FromMinutes(2), $"it took {time.Elapsed}");
    }

    private static IEnumerable<(int At, byte Old)> Damage(byte[] bytes, int[] hot, byte[] text, Random random)
    {
        for (int change = random.Next(2, 12); change > 0; change--)
        {
            int at = hot[random.Next(hot.Length)];
            byte[] content = random.Next(3) == 0 ? Word(random, text[1] == 0xfe || text[0] == 0xff) : [(byte)random.Next(256)];
            for (int index = 0; index < content.Length && at + index < bytes.Length; index++)
            {
                yield return (at + index, bytes[at + index]);
                bytes[at + index] = content[index];
            }
        }
    }

    private static byte[] Word(Random random, bool wide) => (wide ? Encoding.Unicode : Encoding.UTF8).GetBytes(Words[random.Next(Words.Length)]);

    /// <summary>The text by which the boot goes on, headers of programs, and the folders of the file system.</summary>
    private static int[] HotOffsets(byte[] disk, byte[] text)
    {
        List<int> offsets = [];
        int at = disk.AsSpan().IndexOf(text);
        for (int weight = 0; weight < 60; weight++)
            offsets.AddRange(Enumerable.Range(at, text.Length));
        for (int sector = 1 << 20; sector < 5 << 20; sector += 512)
        {
            ReadOnlySpan<byte> start = disk.AsSpan(sector, 512);
            if (start.StartsWith("MZ"u8))
                offsets.AddRange(Enumerable.Range(sector, 700));
            else if (sector < (1 << 20) + (64 << 10) && start.ContainsAnyExcept((byte)0))
                offsets.AddRange(Enumerable.Range(sector, 512));
        }

        return [.. offsets];
    }
}
