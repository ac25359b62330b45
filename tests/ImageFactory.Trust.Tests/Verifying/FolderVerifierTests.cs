using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Trust.Keys;
using ImageFactory.Trust.Statements;
using ImageFactory.Trust.Tests.Support;
using ImageFactory.Trust.Verifying;

namespace ImageFactory.Trust.Tests.Verifying;

/// <summary>A folder as a build leaves it, damaged in every way.</summary>
public sealed class FolderVerifierTests : IDisposable
{
    private readonly Place place = new();

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public static TheoryData<string> Files => [.. Everything];

    private static string[] Everything =>
        ["podvm.qcow2", "measurements.json", "sbom.cdx.json", "manifest.json", "SHA256SUMS", "provenance.dsse.json", "podvm.qcow2.sig", "manifest.json.sig", "measurements.json.sig"];

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_folder_as_it_was_left_is_verified_wholly()
    {
        await WriteAsync("ec.key");

        Verification all = await VerifyAsync("ec.pub");
        Verification withoutKey = await VerifyAsync(null);

        Assert.True(all.Succeeded, Text(all));
        Assert.Equal(Everything.Except(["manifest.json"]).Order(StringComparer.Ordinal), all.Lines.Where(l => l.Outcome == VerificationOutcome.Verified).Select(l => l.Subject).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(all.Lines, l => l.Outcome == VerificationOutcome.NotVerified);
        Assert.True(withoutKey.Succeeded, Text(withoutKey));
        Assert.Equal("signatures", Assert.Single(withoutKey.Lines, l => l.Outcome == VerificationOutcome.NotVerified).Subject);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task One_changed_byte_anywhere_in_a_file_is_found(string file)
    {
        await WriteAsync("ec.key");
        byte[] good = await File.ReadAllBytesAsync(place[file], Never);
        int step = Math.Max(1, good.Length / 40);
        for (int at = 0; at < good.Length; at += step)
        {
            byte[] bad = [.. good];
            bad[at] ^= 1;
            await File.WriteAllBytesAsync(place[file], bad, Never);

            Verification verification = await VerifyAsync("ec.pub");

            Assert.False(verification.Succeeded, $"byte {at} of {file}");
            Assert.Contains(verification.Faults, f => f.Where!.EndsWith(file, StringComparison.Ordinal) || f.Message.Contains(file, StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_missing_file_is_named(string file)
    {
        await WriteAsync("ec.key");
        File.Delete(place[file]);

        Verification withKey = await VerifyAsync("ec.pub");
        Verification withoutKey = await VerifyAsync(null);

        foreach (Verification verification in (Verification[])[withKey, withoutKey])
        {
            Assert.False(verification.Succeeded);
            Assert.Contains(verification.Faults, f => f.ExitCode == ExitCode.MissingInput && f.Where!.EndsWith(file, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Files_that_changed_places_are_told_from_damage()
    {
        await WriteAsync("ec.key");
        File.Move(place["measurements.json"], place["aside"]);
        File.Move(place["sbom.cdx.json"], place["measurements.json"]);
        File.Move(place["aside"], place["sbom.cdx.json"]);

        Verification verification = await VerifyAsync("ec.pub");

        Assert.Equal(["IFV205", "IFV205", "IFV302"], verification.Faults.Select(f => f.Code).Order(StringComparer.Ordinal));
        Assert.Contains("sbom.cdx.json", verification.Faults[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_key_vouches_for_nothing()
    {
        await WriteAsync("ec.key");
        place.Run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "other.key");
        place.Run("openssl", "pkey", "-in", "other.key", "-pubout", "-out", "other.pub");

        Verification verification = await VerifyAsync(place["other.pub"]);

        Assert.Equal(4, verification.Faults.Count);
        Assert.All(verification.Faults, f => Assert.Equal("IFV302", f.Code));
    }

    [Fact]
    public async Task Whoever_forges_files_and_digests_together_is_found_by_the_signatures()
    {
        await WriteAsync("ec.key");
        string[] signatures = ["podvm.qcow2.sig", "manifest.json.sig", "measurements.json.sig", "provenance.dsse.json"];
        Dictionary<string, byte[]> former = signatures.ToDictionary(s => s, s => File.ReadAllBytes(place[s]));
        await WriteAsync("ec.key", content: 2);
        foreach ((string name, byte[] bytes) in former)
            await File.WriteAllBytesAsync(place[name], bytes, Never);
        await WriteSumsAsync(["podvm.qcow2", "measurements.json", "sbom.cdx.json", "manifest.json", .. signatures]);

        Verification verification = await VerifyAsync("ec.pub");

        Assert.Equal(["IFV302", "IFV302", "IFV302", "IFV403"], verification.Faults.Select(f => f.Code).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_build_without_a_key_is_believed_only_when_no_key_is_asked_for()
    {
        await WriteAsync(null);

        Verification without = await VerifyAsync(null);
        Verification with = await VerifyAsync("ec.pub");

        Assert.True(without.Succeeded, Text(without));
        Assert.Contains("not signed", Assert.Single(without.Lines, l => l.Subject == "provenance.intoto.json").Text, StringComparison.Ordinal);
        Assert.Equal(["IFV301", "IFV301", "IFV301", "IFV404"], with.Faults.Select(f => f.Code));
    }

    [Fact]
    public async Task With_an_Ed25519_key_the_manifest_stands_for_the_image()
    {
        await WriteAsync("ed.key");

        Verification verification = await VerifyAsync("ed.pub");

        Assert.True(verification.Succeeded, Text(verification));
        Assert.Contains(verification.Lines, l => l is { Outcome: VerificationOutcome.NotVerified, Subject: "signature of the image" });
    }

    [Theory]
    [InlineData("""{"file": "../etc/passwd", "kind": "disk", "size": 1, "sha256": "0000000000000000000000000000000000000000000000000000000000000000"}""")]
    [InlineData("""{"file": "SHA256SUMS", "kind": "disk", "size": 1, "sha256": "0000000000000000000000000000000000000000000000000000000000000000"}""")]
    [InlineData("""{"file": null, "kind": "disk", "size": 1, "sha256": "0000000000000000000000000000000000000000000000000000000000000000"}""")]
    [InlineData("null")]
    [InlineData("1")]
    public async Task A_manifest_from_a_stranger_leads_nowhere(string artifact)
    {
        await WriteAsync(null);
        JsonNode manifest = JsonNode.Parse(await File.ReadAllTextAsync(place["manifest.json"], Never))!;
        manifest["content"]!["artifacts"]!.AsArray().Add(JsonNode.Parse(artifact));
        await File.WriteAllTextAsync(place["manifest.json"], manifest.ToJsonString(), Never);

        Verification verification = await VerifyAsync(null);

        Assert.Equal(["IFV202"], verification.Faults.Select(f => f.Code));
    }

    private async Task<Verification> VerifyAsync(string? key)
    {
        Verification verification = new();
        VerificationKey? loaded = key is null ? null : VerificationKey.Load(Path.IsPathRooted(key) ? key : Place.Vector(key), place);
        await new FolderVerifier(place[""].TrimEnd('/'), "folder", loaded, verification).RunAsync(Never);
        return verification;
    }

    /// <summary>Writes what a build writes; signatures by openssl, not by the code under test.</summary>
    private async Task WriteAsync(string? key, byte content = 1)
    {
        (string Name, string Kind, byte[] Content)[] files =
        [
            ("podvm.qcow2", "disk", SHA256.HashData([content, 1])),
            ("measurements.json", "measurements", SHA256.HashData([content, 2])),
            ("sbom.cdx.json", "sbom", SHA256.HashData([content, 3])),
        ];
        foreach ((string name, _, byte[] bytes) in files)
            await File.WriteAllBytesAsync(place[name], bytes, Never);
        Manifest manifest = Sample([.. files.Select(f => new ManifestArtifact(f.Name, f.Kind, f.Content.Length, Sha256.Of(f.Content)))]);
        byte[] text = Encoding.UTF8.GetBytes(CanonicalJson.Write(manifest));
        await File.WriteAllBytesAsync(place["manifest.json"], text, Never);
        byte[] statement = Provenance.Of([.. files.Select(f => new StatementSubject(f.Name, Sha256.Of(f.Content))), new("manifest.json", Sha256.Of(text))], manifest, []).ToJson();
        List<string> listed = ["podvm.qcow2", "measurements.json", "sbom.cdx.json", "manifest.json"];
        if (key is null)
        {
            await File.WriteAllBytesAsync(place["provenance.intoto.json"], statement, Never);
            listed.Add("provenance.intoto.json");
        }
        else
        {
            string[] signed = key == "ec.key" ? ["podvm.qcow2", "manifest.json", "measurements.json"] : ["manifest.json", "measurements.json"];
            foreach (string file in signed)
                await File.WriteAllTextAsync(place[file + ".sig"], SignedByOpenssl(key, file), Never);
            await File.WriteAllBytesAsync(place["covered"], DsseEnvelope.Encode(DsseEnvelope.InTotoType, statement), Never);
            DsseEnvelope envelope = new(DsseEnvelope.InTotoType, statement, [Convert.FromBase64String(SignedByOpenssl(key, "covered"))]);
            await File.WriteAllBytesAsync(place["provenance.dsse.json"], envelope.ToJson("hint"), Never);
            listed.AddRange([.. signed.Select(f => f + ".sig"), "provenance.dsse.json"]);
        }

        await WriteSumsAsync(listed);
    }

    private Task WriteSumsAsync(IEnumerable<string> files) =>
        File.WriteAllTextAsync(place["SHA256SUMS"], place.Run("sha256sum", [.. files]), Never);

    private string SignedByOpenssl(string key, string file)
    {
        string[] form = key == "ec.key" ? ["-digest", "sha256"] : [];
        place.Run("openssl", ["pkeyutl", "-sign", "-inkey", Place.Vector(key), "-rawin", .. form, "-in", file, "-out", "raw"]);
        return Convert.ToBase64String(File.ReadAllBytes(place["raw"]));
    }

    private static Manifest Sample(IReadOnlyList<ManifestArtifact> artifacts) => new()
    {
        Content = new ManifestContent
        {
            Recipe = "sample",
            RecipeDigest = Sha256.Of("recipe"),
            Architecture = Architecture.X64,
            SourceDateEpoch = 1,
            Debug = false,
            Artifacts = artifacts,
            Disk = new DiskFacts("qcow2", 1, Guid.Empty, []),
            Root = new RootFacts("a system", 1, 1, 1, [], []),
            AgentPolicy = new AgentPolicyFacts("coco", "/etc/policy", Sha256.Of("policy"), "4.1", new Dictionary<string, string>()),
            Inputs = [new ManifestInput("recipe sample.yaml", Sha256.Of("yaml"))],
            Tools = new Dictionary<string, string> { ["mke2fs"] = "1.47" },
            Stages = new Dictionary<string, Sha256> { ["disk"] = Sha256.Of("disk") },
        },
        Run = new ManifestRun
        {
            Started = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
            Seconds = 300,
            FactoryVersion = "1.0",
            Stages = [new ManifestStageRun("disk", "abc", "built", 1)],
            Warnings = [],
            BootCheck = new BootCheckFacts("not-run"),
        },
    };

    private static string Text(Verification verification) => string.Join('\n', verification.Lines);
}
