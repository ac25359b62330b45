using ImageFactory.Images.Extents;
using ImageFactory.Images.Verity;
using ImageFactory.Model;

namespace ImageFactory.Images.Tests.Verity;

public sealed class VerityTreeTests
{
    private static readonly byte[] Salt = Convert.FromHexString("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    private static readonly Guid Uuid = new("22222222-2222-2222-2222-222222222222");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_hash_area_is_that_of_veritysetup()
    {
        using RawFileSource data = RawFileSource.Open(Vectors.PathOf("verity", "data.bin"));
        MemoryStream hash = new();

        Sha256 root = await VerityTree.WriteAsync(data, hash, 0, Salt, Uuid, Cancellation);

        Assert.Equal("855d40dfe3e45f5bdd3686e088b646c83452be5b2de12657f7a34f06cd31e34f", root.Hex);
        Assert.Equal(Vectors.Bytes("verity", "hash.bin"), hash.ToArray());
        Assert.Equal(hash.Length, VerityTree.HashAreaSize(data.Length));
    }

    [Theory]
    [Trait("needs", "veritysetup")]
    [InlineData(1, 0)]
    [InlineData(2, 32)]
    [InlineData(127, 32)]
    [InlineData(128, 1)]
    [InlineData(129, 256)]
    [InlineData(256, 32)]
    [InlineData(128 * 128, 32)]
    [InlineData((128 * 128) + 1, 32)]
    [InlineData((128 * 300) + 77, 16)]
    public async Task Any_number_of_blocks_gives_what_veritysetup_gives(int blocks, int saltSize)
    {
        using ScratchFolder folder = new();
        Random random = new(blocks);
        byte[] content = new byte[blocks * 4096];
        random.NextBytes(content);
        // A third of the blocks holds zeros, as file systems do.
        for (int block = 0; block < blocks; block += 3)
            content.AsSpan(block * 4096, 4096).Clear();
        byte[] salt = new byte[saltSize];
        random.NextBytes(salt);
        string file = folder.Write("data", content);
        string saltText = saltSize == 0 ? "-" : Convert.ToHexStringLower(salt);
        string output = Tool.Run("veritysetup", "format", $"--uuid={Uuid}", $"--salt={saltText}", file, folder["expected"]);

        using RawFileSource data = RawFileSource.Open(file);
        MemoryStream hash = new();
        Sha256 root = await VerityTree.WriteAsync(data, hash, 0, salt, Uuid, Cancellation);

        Assert.Contains(root.Hex, output, StringComparison.Ordinal);
        byte[] expected = File.ReadAllBytes(folder["expected"]);
        byte[] found = hash.ToArray();
        // veritysetup leaves the rest of the superblock's block unwritten when there is nothing behind it.
        Assert.Equal(expected, found[..expected.Length]);
        Assert.All(found[expected.Length..], value => Assert.Equal(0, value));
    }

    [Fact]
    public async Task The_root_hash_is_recomputed_from_data_and_superblock()
    {
        using RawFileSource data = RawFileSource.Open(Vectors.PathOf("verity", "data.bin"));
        using RawFileSource hash = RawFileSource.Open(Vectors.PathOf("verity", "hash.bin"));

        VeritySuperblock superblock = VerityVerifier.ReadSuperblock(hash);
        Sha256 root = await VerityVerifier.RootHashAsync(data, superblock, Cancellation);

        Assert.Equal(Uuid, superblock.Uuid);
        Assert.Equal(40, superblock.DataBlocks);
        Assert.Equal("855d40dfe3e45f5bdd3686e088b646c83452be5b2de12657f7a34f06cd31e34f", root.Hex);
    }

    [Fact]
    public async Task A_tree_behind_other_data_leaves_that_data_alone()
    {
        using RawFileSource data = RawFileSource.Open(Vectors.PathOf("verity", "data.bin"));
        MemoryStream disk = new();
        disk.Write(new byte[] { 1, 2, 3 });

        await VerityTree.WriteAsync(data, disk, 4096, Salt, Uuid, Cancellation);

        byte[] bytes = disk.ToArray();
        Assert.Equal([1, 2, 3, 0], bytes[..4]);
        Assert.Equal(Vectors.Bytes("verity", "hash.bin"), bytes[4096..]);
    }

    [Fact]
    public async Task Data_that_ends_within_a_block_is_refused()
    {
        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(
            () => VerityTree.WriteAsync(MemorySource.Of(new byte[5000]), new MemoryStream(), 0, Salt, Uuid, Cancellation));

        Assert.Equal("IFI401", refused.Faults[0].Code);
    }

    [Fact]
    public async Task A_superblock_for_more_data_than_there_is_is_refused()
    {
        VeritySuperblock superblock = VeritySuperblock.Parse(Vectors.Bytes("verity", "hash.bin"), "hash");

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(
            () => VerityVerifier.RootHashAsync(MemorySource.Of(new byte[8192]), superblock, Cancellation));

        Assert.Equal("IFI404", refused.Faults[0].Code);
    }
}
