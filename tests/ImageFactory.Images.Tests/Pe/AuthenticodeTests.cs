using System.Security.Cryptography;
using System.Text.Json;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Pe;

namespace ImageFactory.Images.Tests.Pe;

public sealed class AuthenticodeTests
{
    public static TheoryData<string, string, string> Files()
    {
        TheoryData<string, string, string> rows = [];
        using JsonDocument expected = JsonDocument.Parse(Vectors.Bytes("pe", "expected.json"));
        foreach (JsonProperty file in expected.RootElement.GetProperty("files").EnumerateObject())
            rows.Add(file.Name, file.Value.GetProperty("authenticodeSha256").GetString()!, file.Value.GetProperty("authenticodeSha384").GetString()!);
        return rows;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_digest_is_that_of_pesign_and_osslsigncode(string file, string sha256, string sha384)
    {
        using RawFileSource source = RawFileSource.Open(Vectors.PathOf("pe", file));
        PeFile pe = PeFile.Read(source);

        Assert.Equal(sha256, Convert.ToHexStringLower(pe.AuthenticodeDigest(HashAlgorithmName.SHA256)));
        Assert.Equal(sha384, Convert.ToHexStringLower(pe.AuthenticodeDigest(HashAlgorithmName.SHA384)));
    }

    [Fact]
    public void Sections_have_the_content_that_was_put_into_the_vector()
    {
        using JsonDocument expected = JsonDocument.Parse(Vectors.Bytes("pe", "expected.json"));
        using RawFileSource source = RawFileSource.Open(Vectors.PathOf("pe", "uki.efi"));
        PeFile pe = PeFile.Read(source);

        Dictionary<string, string> found = pe.Sections.ToDictionary(
            section => section.Name, section => Convert.ToHexStringLower(SHA256.HashData(pe.ReadSection(section.Name, 1 << 20))));

        Dictionary<string, string> wanted = expected.RootElement.GetProperty("uki.efi").GetProperty("sections").EnumerateObject()
            .ToDictionary(section => section.Name, section => section.Value.GetProperty("sha256").GetString()!);
        Assert.Equal(wanted, found);
    }
}
