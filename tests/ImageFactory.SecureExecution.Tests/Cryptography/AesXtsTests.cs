using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Tests.Support;

namespace ImageFactory.SecureExecution.Tests.Cryptography;

public sealed class AesXtsTests
{
    /// <summary>IEEE 1619, appendix B, vectors 4 (AES-128) and 10 (AES-256), units of 512 bytes: first and last 16 bytes; OpenSSL gives the same.</summary>
    [Theory]
    [InlineData("2718281828459045235360287471352631415926535897932384626433832795", "00", "27a7479befa1d476489f308cd4cfa6e2", "0a282df920147beabe421ee5319d0568")]
    [InlineData(
        "27182818284590452353602874713526624977572470936999595749669676273141592653589793238462643383279502884197169399375105820974944592",
        "ff",
        "1c3b3a102f770386e4836c99e370cf9b",
        "c4f36ffda9fcea70b9c6e693e148c151")]
    public void The_standards_vectors_hold(string keyHex, string tweakHex, string firstHex, string lastHex)
    {
        byte[] data = new byte[512];
        for (int i = 0; i < data.Length; i++)
            data[i] = (byte)i;
        byte[] tweak = new byte[16];
        Convert.FromHexString(tweakHex).CopyTo(tweak, 0);
        using AesXts cipher = new(Convert.FromHexString(keyHex));

        cipher.Encrypt(data, 512, tweak);

        Assert.Equal(firstHex, Convert.ToHexStringLower(data.AsSpan(0, 16)));
        Assert.Equal(lastHex, Convert.ToHexStringLower(data.AsSpan(^16..)));
    }

    public static TheoryData<int> SectorCases => [.. Enumerable.Range(0, Vectors.Json(Vectors.Luks("sectors.json")).GetArrayLength())];

    [Theory]
    [MemberData(nameof(SectorCases))]
    public void Sectors_are_those_of_another_implementation(int index)
    {
        JsonElement sector = Vectors.Json(Vectors.Luks("sectors.json"))[index];
        int size = sector.GetProperty("sector_size").GetInt32();
        byte[] key = sector.Hex("key");
        SeededRandom random = new(Encoding.ASCII.GetBytes(sector.GetProperty("plain_seed").GetString()!));
        random.Fill(new byte[key.Length]);
        byte[] data = new byte[size];
        random.Fill(data);
        Assert.Equal(sector.Hex("plain_sha256"), SHA256.HashData(data));
        byte[] tweak = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(tweak, sector.GetProperty("unit512").GetInt64());
        using AesXts cipher = new(key);

        cipher.Encrypt(data, size, tweak);

        Assert.Equal(sector.Hex("cipher_sha256"), SHA256.HashData(data));
        cipher.Decrypt(data, size, tweak);
        Assert.Equal(sector.Hex("plain_sha256"), SHA256.HashData(data));
    }

    [Fact]
    public void Many_units_at_once_are_the_units_one_by_one()
    {
        byte[] key = Vectors.SeBytes("keys", "image-key.bin");
        byte[] data = new byte[100 * 4096];
        byte[] tweaks = new byte[100 * 16];
        new Random(1).NextBytes(data);
        new Random(2).NextBytes(tweaks);
        byte[] single = [.. data];
        using AesXts cipher = new(key);

        cipher.Encrypt(data, 4096, tweaks);
        for (int i = 0; i < 100; i++)
            cipher.Encrypt(single.AsSpan(i * 4096, 4096), 4096, tweaks.AsSpan(i * 16, 16));

        Assert.Equal(single, data);
    }

    [Fact]
    public void Equal_halves_are_refused() =>
        Assert.Throws<ArgumentException>(() => new AesXts(Vectors.SeBytes("keys", "image-key-equal-halves.bin")));
}
