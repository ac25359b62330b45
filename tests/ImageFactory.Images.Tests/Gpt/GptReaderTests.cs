using ImageFactory.Images.Gpt;
using ImageFactory.Model;

namespace ImageFactory.Images.Tests.Gpt;

public sealed class GptReaderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_table_comes_back_as_it_was_written()
    {
        Random random = new(7);
        for (int round = 0; round < 200; round++)
        {
            GptTable table = RandomTable(random);

            GptTable read = Read(await WriteAsync(table), out List<Fault> warnings);

            Assert.Empty(warnings);
            Assert.Equal(table.DiskId, read.DiskId);
            Assert.Equal(table.DiskSize, read.DiskSize);
            Assert.Equal(table.Partitions, read.Partitions);
        }
    }

    [Fact]
    public async Task The_backup_stands_in_for_a_damaged_primary_table_with_a_warning()
    {
        GptTable table = RandomTable(new Random(1));
        byte[] disk = await WriteAsync(table);
        disk[512 + 60] ^= 1;

        GptTable read = Read(disk, out List<Fault> warnings);

        Assert.Equal(table.Partitions, read.Partitions);
        Assert.Equal("IFI203", Assert.Single(warnings).Code);
        Assert.Equal(Severity.Warning, warnings[0].Severity);
    }

    [Fact]
    public async Task A_wiped_primary_table_is_replaced_by_the_backup_too()
    {
        GptTable table = RandomTable(new Random(2));
        byte[] disk = await WriteAsync(table);
        disk.AsSpan(0, 34 * 512).Clear();

        GptTable read = Read(disk, out List<Fault> warnings);

        Assert.Equal(table.Partitions, read.Partitions);
        Assert.Single(warnings);
    }

    [Fact]
    public async Task A_damaged_backup_is_a_warning()
    {
        byte[] disk = await WriteAsync(RandomTable(new Random(3)));
        disk[^512] ^= 1;

        Read(disk, out List<Fault> warnings);

        Assert.Equal("IFI204", Assert.Single(warnings).Code);
    }

    [Fact]
    public async Task Two_damaged_tables_are_a_fault_with_its_place()
    {
        byte[] disk = await WriteAsync(RandomTable(new Random(4)));
        disk[1024 + 3] ^= 1;
        disk[^(33 * 512)] ^= 1;

        FactoryException refused = Assert.Throws<FactoryException>(() => Read(disk, out _));

        Assert.Equal("IFI203", refused.Faults[0].Code);
    }

    [Fact]
    public void A_disk_without_table_is_told_apart()
    {
        FactoryException refused = Assert.Throws<FactoryException>(() => Read(new byte[1 << 20], out _));

        Assert.Equal("IFI202", refused.Faults[0].Code);
    }

    [Fact]
    [Trait("needs", "sgdisk")]
    public void A_table_made_by_sgdisk_is_read()
    {
        using ScratchFolder folder = new();
        string disk = folder.Write("disk", new byte[8 << 20]);
        Tool.Run("sgdisk", "--disk-guid=11111111-2222-3333-4444-555555555555", "--new=3:2048:4095", "--typecode=3:8304", "--change-name=3:größe", disk);

        GptTable table = Read(File.ReadAllBytes(disk), out List<Fault> warnings);

        Assert.Empty(warnings);
        GptPartition partition = Assert.Single(table.Partitions);
        Assert.Equal(PartitionTypes.RootX64, partition.Type);
        Assert.Equal("größe", partition.Name);
        Assert.Equal(1 << 20, partition.Offset);
        Assert.Equal(1 << 20, partition.Length);
    }

    private static GptTable RandomTable(Random random)
    {
        IEnumerable<GptPartitionRequest> requests = Enumerable.Range(0, random.Next(1, 6)).Select(number => new GptPartitionRequest(
            RandomGuid(random), RandomGuid(random), new string((char)random.Next('a', 'z'), random.Next(0, 37)), random.Next(1, 3 << 20), (GptAttributes)random.NextInt64()));
        return GptTable.Plan(RandomGuid(random), requests.ToList());
    }

    private static Guid RandomGuid(Random random)
    {
        byte[] bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private static async Task<byte[]> WriteAsync(GptTable table)
    {
        MemoryStream disk = new();
        await GptWriter.WriteAsync(table, disk, Cancellation);
        return disk.ToArray();
    }

    private static GptTable Read(byte[] disk, out List<Fault> warnings)
    {
        warnings = [];
        return GptReader.Read(MemorySource.Of(disk), warnings);
    }
}
