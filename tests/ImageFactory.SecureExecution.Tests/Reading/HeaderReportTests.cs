using System.Text.Json;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.Reading;
using ImageFactory.SecureExecution.Tests.Support;
using ImageFactory.SecureExecution.Tests.Writing;

namespace ImageFactory.SecureExecution.Tests.Reading;

public sealed class HeaderReportTests
{
    public static TheoryData<string> Cases => [.. GoldenCaseTests.Cases.Select(c => c.Data), "c12-real"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_json_has_pvimgs_data(string name)
    {
        SecureExecutionHeader header = Read(name);

        string json = HeaderReport.ToJson(header, verified: false, secrets: null, "1", FixedTime.Usual);

        Assert.Equal(Data(File.ReadAllText(Vectors.Se("cases", name, "info.json"))), Data(json));
        Assert.EndsWith("}\n", json, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void With_the_header_key_the_json_has_the_secrets_too(string name)
    {
        SecureExecutionHeader header = Read(name);
        using SecretBytes key = new(Vectors.SeBytes("keys", "hdr-key.bin"));
        using HeaderSecrets secrets = HeaderSecrets.Open(header, key, name);

        string json = HeaderReport.ToJson(header, verified: true, secrets, "1", FixedTime.Usual);

        Assert.Equal(Data(File.ReadAllText(Vectors.Se("cases", name, "info-decrypted.json"))), Data(json));
    }

    [Fact]
    public void The_text_names_slots_and_flags()
    {
        string text = HeaderReport.ToText(Read("c02-full"), verified: true, full: false);

        Assert.Equal(
            """
            integrity and authenticity verified Secure Execution header
              version: 1
              key slots:
                - target key hash: 24933f75ee107c806fe602a7da7b610e54369af96a847f2dcc4fcfdbd81fbc05
                - target key hash: 491bc0601fe89fd793f1ec8534f1ae63e9c280331c245c453d64afc8b5aa1bcc
              plaintext control flags:
                - DEA and TDEA PCKMO support
                - AES PCKMO support
                - ECC PCKMO support
              tag: 1b901801ed8cb5ce44fe3f79a98ca44f

            """,
            text);
    }

    private static SecureExecutionHeader Read(string name) => SecureExecutionHeader.Parse(Vectors.SeBytes("cases", name, "sehdr.bin"), name);

    /// <summary>The data member as one line: same members, same order, same values.</summary>
    private static string Data(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement.GetProperty("data"));
    }
}
