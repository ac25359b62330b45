using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Luks;
using ImageFactory.SecureExecution.Tests.Support;

namespace ImageFactory.SecureExecution.Tests.Luks;

public sealed class Luks2WriterTests
{
    public static TheoryData<string> Cases => ["c512", "c4096", "c4096-1m", "c512-xts128"];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_container_is_the_other_implementations_byte_for_byte(string name)
    {
        JsonElement expected = Case(name);
        using MemoryStream disk = new();

        using Luks2Result result = await WriteAsync(expected, disk);

        byte[] container = disk.ToArray();
        int dataOffset = expected.GetProperty("data_offset").GetInt32();
        Assert.Equal(File.ReadAllBytes(Vectors.Luks(name, "primary.bin")), container[..512]);
        Assert.Equal(File.ReadAllBytes(Vectors.Luks(name, "secondary.bin")), container[16384..(16384 + 512)]);
        Assert.Equal(File.ReadAllText(Vectors.Luks(name, "metadata.json")), Encoding.ASCII.GetString(container[4096..16384]).TrimEnd('\0'));
        Assert.Equal(expected.Hex("header_region_sha256"), SHA256.HashData(container.AsSpan(0, dataOffset)));
        Assert.Equal(File.ReadAllBytes(Vectors.Luks(name, "data.bin")), container[dataOffset..]);
        Assert.True(result.Passphrase.SameAs(expected.Hex("passphrase")));
        Assert.Equal(16384, result.EncryptedBytes);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_passphrase_opens_it(string name)
    {
        JsonElement expected = Case(name);
        using MemoryStream disk = new();
        using Luks2Result result = await WriteAsync(expected, disk);

        using SecretBytes volumeKey = Luks2Reader.Unlock(disk, result.Passphrase, name);

        Assert.True(volumeKey.SameAs(expected.Hex("volume_key")));
    }

    [Fact]
    public void A_container_of_cryptsetup_is_opened()
    {
        using FileStream container = File.OpenRead(Vectors.Luks("made-by-cryptsetup", "first-160k.bin"));
        using SecretBytes passphrase = new(File.ReadAllBytes(Vectors.Luks("made-by-cryptsetup", "passphrase.bin")));

        using SecretBytes volumeKey = Luks2Reader.Unlock(container, passphrase, "made-by-cryptsetup");

        Assert.True(volumeKey.SameAs(File.ReadAllBytes(Vectors.Luks("made-by-cryptsetup", "volume-key.bin"))));
    }

    [Fact]
    public async Task Another_passphrase_does_not_open_it()
    {
        using MemoryStream disk = new();
        using Luks2Result result = await WriteAsync(Case("c4096-1m"), disk);
        result.Passphrase.Span[63] ^= 1;

        FactoryException exception = Assert.Throws<FactoryException>(() => Luks2Reader.Unlock(disk, result.Passphrase, "x"));

        Assert.Equal("IFS705", exception.Faults[0].Code);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(5000)]
    [InlineData(20000)]
    public async Task A_changed_header_is_refused(int at)
    {
        using MemoryStream disk = new();
        using Luks2Result result = await WriteAsync(Case("c4096-1m"), disk);
        disk.GetBuffer()[at] ^= 1;

        Assert.Equal("IFS704", Assert.Throws<FactoryException>(() => Luks2Reader.Unlock(disk, result.Passphrase, "x")).Faults[0].Code);
    }

    [Fact]
    public async Task What_does_not_fit_is_told_before_a_byte_is_written()
    {
        using MemoryStream disk = new();
        using MemoryStream plaintext = new(new byte[5000]);
        Luks2Settings settings = new() { Uuid = Guid.NewGuid(), DataOffset = 4096, Label = new string('x', 48) };

        FactoryException exception = await Assert.ThrowsAsync<FactoryException>(
            () => new Luks2Writer(RandomSource.System).WriteAsync(plaintext, disk, 0, 100, settings, TestContext.Current.CancellationToken));

        Assert.Equal(["IFS701", "IFS702", "IFS702", "IFS703"], exception.Faults.Select(f => f.Code).Order());
        Assert.Equal(0, disk.Length);
    }

    public static TheoryData<int> SplitterCases => [.. Enumerable.Range(0, Vectors.Json(Vectors.Luks("af.json")).GetArrayLength())];

    [Theory]
    [MemberData(nameof(SplitterCases))]
    public void A_key_is_split_as_cryptsetup_does(int index)
    {
        JsonElement expected = Vectors.Json(Vectors.Luks("af.json"))[index];
        byte[] key = expected.Hex("key");
        HashAlgorithmName hash = expected.GetProperty("hash").GetString() == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;
        FixedRandom random = new([expected.Hex("random")], []);

        using SecretBytes split = AntiForensicSplitter.Split(key, expected.GetProperty("stripes").GetInt32(), hash, random);
        using SecretBytes merged = AntiForensicSplitter.Merge(split.Span, key.Length, hash);
        byte[] diffused = [.. key];
        AntiForensicSplitter.Diffuse(diffused, hash);

        Assert.True(split.SameAs(expected.Hex("split")));
        Assert.True(merged.SameAs(key));
        Assert.Equal(expected.Hex("diffuse_of_key"), diffused);
    }

    internal static JsonElement Case(string name) => Vectors.Json(Vectors.Luks("cases.json")).EnumerateArray().First(c => c.GetProperty("name").GetString() == name);

    private static Task<Luks2Result> WriteAsync(JsonElement expected, Stream disk)
    {
        byte[] plaintext = new byte[16384];
        for (int block = 0; block < plaintext.Length / 32; block++)
        {
            byte[] input = "pt\0\0\0\0"u8.ToArray();
            BinaryPrimitives.WriteInt32BigEndian(input.AsSpan(2), block);
            SHA256.HashData(input).CopyTo(plaintext, block * 32);
        }

        Luks2Settings settings = new()
        {
            Uuid = Guid.Parse(expected.GetProperty("uuid").GetString()!),
            Label = expected.GetProperty("label").GetString()!,
            SectorSize = expected.GetProperty("sector_size").GetInt32(),
            DataOffset = expected.GetProperty("data_offset").GetInt64(),
            KeySize = expected.Hex("volume_key").Length,
            SlotIterations = expected.GetProperty("slot_iterations").GetInt32(),
            DigestIterations = expected.GetProperty("digest_iterations").GetInt32(),
        };
        SeededRandom random = new(Encoding.ASCII.GetBytes(expected.GetProperty("seed").GetString()!));
        return new Luks2Writer(random).WriteAsync(new MemoryStream(plaintext), disk, 0, long.MaxValue, settings, TestContext.Current.CancellationToken);
    }
}
