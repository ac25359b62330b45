using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ImageFactory.Assembly.Tests.Tree;

namespace ImageFactory.Assembly.Tests.AgentPolicy;

/// <summary>
/// The Open Policy Agent inside cosign 3: it evaluates <c>data.signature.allow</c> of Rego files while it verifies an attestation.
/// For that it gets the smallest attested image there is, as an OCI layout in a folder. It reads Rego v0, so keywords need their imports.
/// </summary>
internal sealed class RegoOracle : IDisposable
{
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string ConfigType = "application/vnd.oci.image.config.v1+json";
    private const string PredicateType = "https://example.org/policy";

    private readonly string program;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("rego-oracle-");

    private RegoOracle(string program)
    {
        this.program = program;
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(At("key.pub"), key.ExportSubjectPublicKeyInfoPem());
        WriteLayout(key);
    }

    /// <summary>Skips the test where there is no cosign with a policy engine for Rego (3.0 or newer).</summary>
    public static RegoOracle Require()
    {
        RegoOracle oracle = new(Tool.Need("cosign"));
        (bool holds, string said) = oracle.Evaluate("package agent_policy\n", "true");
        if (!holds)
            oracle.Dispose();
        Assert.SkipUnless(holds, $"this cosign does not evaluate Rego: {said}");
        return oracle;
    }

    public void Dispose() => folder.Delete(true);

    /// <summary>Whether a condition over <c>data.agent_policy</c> holds, and what the program said.</summary>
    public (bool Holds, string Said) Evaluate(string policy, string condition)
    {
        string name = Guid.NewGuid().ToString("N");
        File.WriteAllText(At($"{name}.rego"), policy);
        File.WriteAllText(At($"{name}.query.rego"), $"package signature\nallow {{\n{condition}\n}}\n");
        ProcessStartInfo start = new(program)
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "verify-attestation", "--local-image", "--key", "key.pub", "--insecure-ignore-tlog", "--type", PredicateType,
                "--policy", $"{name}.rego", "--policy", $"{name}.query.rego", "layout",
            },
            Environment = { ["HOME"] = folder.FullName },
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string said = process.StandardError.ReadToEnd() + output.Result;
        process.WaitForExit();
        return (process.ExitCode == 0, said);
    }

    private void WriteLayout(ECDsa key)
    {
        Directory.CreateDirectory(At("layout/blobs/sha256"));
        object image = Manifest([], Blob(Json(new { architecture = "amd64", os = "linux", rootfs = new { type = "layers", diff_ids = Array.Empty<string>() }, config = new { } })));
        string digest = Blob(Json(image)).Digest;

        // DSSE: what is signed is "DSSEv1", and type and payload each with its length before it.
        const string PayloadType = "application/vnd.in-toto+json";
        string statement = Encoding.UTF8.GetString(Json(new Dictionary<string, object>
        {
            ["_type"] = "https://in-toto.io/Statement/v0.1",
            ["predicateType"] = PredicateType,
            ["subject"] = new[] { new { name = "image", digest = new { sha256 = digest } } },
            ["predicate"] = new { Data = "", Timestamp = "" },
        }));
        byte[] signature = key.SignData(
            Encoding.UTF8.GetBytes($"DSSEv1 {PayloadType.Length} {PayloadType} {statement.Length} {statement}"), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        (string Digest, int Size) envelope = Blob(Json(new
        {
            payloadType = PayloadType,
            payload = Convert.ToBase64String(Encoding.UTF8.GetBytes(statement)),
            signatures = new[] { new { keyid = "", sig = Convert.ToBase64String(signature) } },
        }));

        object layer = new
        {
            mediaType = "application/vnd.dsse.envelope.v1+json",
            digest = $"sha256:{envelope.Digest}",
            size = envelope.Size,
            annotations = new Dictionary<string, string> { ["dev.cosignproject.cosign/signature"] = "", ["predicateType"] = PredicateType },
        };
        object attestation = Manifest([layer], Blob(Json(new { architecture = "", os = "", rootfs = new { type = "layers", diff_ids = new[] { $"sha256:{envelope.Digest}" } }, config = new { } })));
        object index = new
        {
            schemaVersion = 2,
            mediaType = "application/vnd.oci.image.index.v1+json",
            manifests = new[] { Entry(image, "image"), Entry(attestation, "atts") },
        };
        File.WriteAllBytes(At("layout/index.json"), Json(index));
        File.WriteAllText(At("layout/oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    }

    private static object Manifest(object[] layers, (string Digest, int Size) config) => new
    {
        schemaVersion = 2,
        mediaType = ManifestType,
        config = new { mediaType = ConfigType, digest = $"sha256:{config.Digest}", size = config.Size },
        layers,
    };

    private object Entry(object manifest, string kind)
    {
        (string digest, int size) = Blob(Json(manifest));
        return new { mediaType = ManifestType, digest = $"sha256:{digest}", size, annotations = new { kind = $"dev.cosignproject.cosign/{kind}" } };
    }

    private (string Digest, int Size) Blob(byte[] content)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(content));
        File.WriteAllBytes(At($"layout/blobs/sha256/{digest}"), content);
        return (digest, content.Length);
    }

    private static byte[] Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value);

    private string At(string path) => Path.Combine(folder.FullName, path);
}
