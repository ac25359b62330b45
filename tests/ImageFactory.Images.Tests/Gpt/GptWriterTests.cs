using ImageFactory.Images.Gpt;
using ImageFactory.Model;

namespace ImageFactory.Images.Tests.Gpt;

public sealed class GptWriterTests
{
    private static readonly Sha256 RootHash = new("855d40dfe3e45f5bdd3686e088b646c83452be5b2de12657f7a34f06cd31e34f");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_halves_of_the_root_hash_name_the_partitions_in_reading_order()
    {
        VerityPartitionIds ids = VerityPartitionIds.From(RootHash);

        Assert.Equal("855d40df-e3e4-5f5b-dd36-86e088b646c8", ids.Root.ToString());
        Assert.Equal("3452be5b-2de1-2657-f7a3-4f06cd31e34f", ids.Hash.ToString());
    }

    [Fact]
    [Trait("needs", "sgdisk")]
    public async Task Sgdisk_finds_no_fault_and_reads_what_was_planned()
    {
        using ScratchFolder folder = new();
        GptTable table = await WriteSampleAsync(folder["disk"]);

        string verdict = Tool.Run("sgdisk", "--verify", folder["disk"]);
        string second = Tool.Run("sgdisk", "--info=2", folder["disk"]);

        Assert.Contains("No problems found", verdict, StringComparison.Ordinal);
        Assert.Contains("Partition GUID code: 4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", second, StringComparison.Ordinal);
        Assert.Contains("Partition unique GUID: 855D40DF-E3E4-5F5B-DD36-86E088B646C8", second, StringComparison.Ordinal);
        Assert.Contains($"First sector: {table.Partitions[1].Offset / 512} ", second, StringComparison.Ordinal);
        Assert.Contains("Attribute flags: 1000000000000000", second, StringComparison.Ordinal);
        Assert.Contains("Partition name: 'root'", second, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("needs", "sfdisk")]
    public async Task Sfdisk_makes_the_same_bytes_from_its_own_dump()
    {
        using ScratchFolder folder = new();
        GptTable table = await WriteSampleAsync(folder["disk"]);
        string dump = Tool.Run("sfdisk", "--dump", folder["disk"]);

        Assert.Contains("label-id: 11111111-2222-3333-4444-555555555555", dump, StringComparison.Ordinal);
        Assert.Contains("first-lba: 34", dump, StringComparison.Ordinal);
        Assert.Contains($"last-lba: {(table.DiskSize / 512) - 34}", dump, StringComparison.Ordinal);
        Assert.Equal(3, dump.Split('\n').Count(line => line.StartsWith(folder["disk"], StringComparison.Ordinal)));
    }

    [Fact]
    public void A_disk_has_one_step_before_and_one_behind_its_partitions()
    {
        GptTable table = GptTable.Plan(Guid.NewGuid(), [new GptPartitionRequest(PartitionTypes.LinuxGeneric, Guid.NewGuid(), "data", (3 << 20) + 1)]);

        Assert.Equal(1 << 20, table.Partitions[0].Offset);
        Assert.Equal(4 << 20, table.Partitions[0].Length);
        Assert.Equal(6 << 20, table.DiskSize);
    }

    [Fact]
    public async Task Every_breach_of_the_format_is_told_at_once()
    {
        Guid same = Guid.NewGuid();
        GptTable table = new(Guid.NewGuid(), 4 << 20,
        [
            new GptPartition(PartitionTypes.LinuxGeneric, same, "a", 1 << 20, 2 << 20),
            new GptPartition(PartitionTypes.LinuxGeneric, same, "b", 2 << 20, 4 << 20),
            new GptPartition(Guid.Empty, Guid.NewGuid(), new string('x', 37), 0, 100),
        ]);

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => GptWriter.WriteAsync(table, new MemoryStream(), Cancellation));

        Assert.All(refused.Faults, fault => Assert.Equal("IFI201", fault.Code));
        Assert.Equal(7, refused.Faults.Count);
    }

    private static async Task<GptTable> WriteSampleAsync(string path)
    {
        VerityPartitionIds ids = VerityPartitionIds.From(RootHash);
        GptTable table = GptTable.Plan(new Guid("11111111-2222-3333-4444-555555555555"),
        [
            new GptPartitionRequest(PartitionTypes.EfiSystem, new Guid("aaaaaaaa-0000-0000-0000-000000000001"), "esp", 40 << 20),
            new GptPartitionRequest(PartitionTypes.RootX64, ids.Root, "root", 94 << 20, GptAttributes.ReadOnly),
            new GptPartitionRequest(PartitionTypes.RootVerityX64, ids.Hash, "root-verity", 700_000, GptAttributes.ReadOnly),
        ]);
        await using FileStream disk = File.Create(path);
        await GptWriter.WriteAsync(table, disk, Cancellation);
        return table;
    }
}
