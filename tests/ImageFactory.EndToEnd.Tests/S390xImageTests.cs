using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>The recipes for IBM Z, built for real on this machine: as Secure Execution image for a test key, and the same content in the open.</summary>
[Trait("needs", "Debian's s390x packages from a mirror")]
[Collection(nameof(S390xImageTests))]
public sealed class S390xImageTests : IClassFixture<S390xImageTests.Builds>
{
    private readonly Builds builds;

    public S390xImageTests(Builds builds)
    {
        this.builds = builds;
        Assert.SkipWhen(Factory.Missing is not null, Factory.Missing ?? "");
        Assert.True(builds.Secure!.ExitCode == 0, builds.Secure.ToString());
    }

    private string Folder => builds.Workshop!.Folder;

    private string ArtifactsIn(string output) => Path.Combine(Folder, output, "podvm-debian-s390x-se");

    [Fact]
    public void The_image_comes_with_its_header_and_reference_values()
    {
        string[] files = [.. Directory.GetFiles(builds.Artifacts).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

        string[] expected =
        [
            "SHA256SUMS", "attestation-policy-se.rego", "build.log", "manifest.json", "podvm.qcow2", "provenance.intoto.json", "report.html", "rvps-reference-values.yaml", "rvps-register.json", "sbom.cdx.json",
            "sbom.spdx.json", "se-header.bin", "se-reference-values.json",
        ];
        Assert.Equal(expected, files);
        byte[] header = File.ReadAllBytes(Path.Combine(builds.Artifacts, "se-header.bin"));
        string tag = Convert.ToHexStringLower(header.AsSpan()[^16..]);
        Assert.Equal(tag, (string?)Facts["tag"]);
        Assert.Equal(tag, (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(builds.Artifacts, "se-reference-values.json")))!["se.tag"]![0]);
        Assert.Equal(PhkhOf(builds.HostKey), (string?)Facts["hostKeys"]![0]!["phkh"]);
    }

    [Fact]
    public void Unverified_host_keys_are_told_loudly_in_log_manifest_and_result()
    {
        Assert.False((bool)Facts["hostKeysVerified"]!);
        Assert.Contains("NOT VERIFIED", builds.Secure!.Output, StringComparison.Ordinal);
        Assert.Contains("IFS128", File.ReadAllText(Path.Combine(builds.Artifacts, "build.log")), StringComparison.Ordinal);
        Assert.Contains(Manifest["run"]!["warnings"]!.AsArray(), w => ((string)w!).Contains("IFS128", StringComparison.Ordinal));
    }

    [Fact]
    public void The_owner_gets_keys_that_nobody_else_can_read()
    {
        string own = Path.Combine(builds.Keys, (string)Facts["tag"]!);

        Assert.Equal(["cck.key", "header.key", "image.key", "luks.key"], Directory.GetFiles(own).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(own), f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(own));
    }

    [Fact]
    public async Task Verify_unpacks_the_image_with_the_owner_s_key_and_says_what_it_cannot_see_without()
    {
        string header = Path.Combine(builds.Keys, (string)Facts["tag"]!, "header.key");
        string wrong = Path.Combine(Folder, "wrong.key");
        File.WriteAllBytes(wrong, new byte[32]);

        Outcome with = await Factory.RunAsync(["verify", builds.Artifacts, "--hdr-key", header]);
        Outcome without = await Factory.RunAsync(["verify", builds.Artifacts]);
        Outcome other = await Factory.RunAsync(["verify", builds.Artifacts, "--hdr-key", wrong]);

        Assert.True(with.ExitCode == 0, with.ToString());
        Assert.Contains("unpacked as a machine would", with.Output, StringComparison.Ordinal);
        Assert.True(without.ExitCode == 0, without.ToString());
        Assert.Contains("not verified  secure execution content", without.Output, StringComparison.Ordinal);
        Assert.Equal(65, other.ExitCode);
    }

    [Fact]
    public async Task No_key_is_in_the_store_the_artifacts_the_log_or_the_output()
    {
        List<(string Name, byte[] Needle)> needles = [];
        foreach (string file in Directory.GetFiles(Path.Combine(builds.Keys, (string)Facts["tag"]!)))
        {
            byte[] key = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            needles.Add((Path.GetFileName(file), key));
            needles.Add((Path.GetFileName(file) + " in hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(key))));
            needles.Add((Path.GetFileName(file) + " in capital hex", Encoding.ASCII.GetBytes(Convert.ToHexString(key))));
            needles.Add((Path.GetFileName(file) + " in base64", Encoding.ASCII.GetBytes(Convert.ToBase64String(key).TrimEnd('='))));
            needles.Add((Path.GetFileName(file) + " in base64url", Encoding.ASCII.GetBytes(Base64Url.EncodeToString(key))));
        }

        // A search that finds nothing proves something only when it would find what is there.
        string canary = Path.Combine(Folder, "canary");
        await File.WriteAllBytesAsync(canary, [.. new byte[(1 << 20) - 7], .. needles[0].Needle, 1, 2, 3], TestContext.Current.CancellationToken);
        Assert.Equal([needles[0].Name], Found(canary, needles));

        List<string> found = [];
        foreach (string file in Files(builds.Workshop!.Store).Concat(Files(builds.Artifacts)))
            found.AddRange(Found(file, needles).Select(n => $"{n} in {file}"));
        byte[] said = Encoding.UTF8.GetBytes(builds.Secure!.Output + builds.Secure.Errors);
        found.AddRange(needles.Where(n => said.AsSpan().IndexOf(n.Needle) >= 0).Select(n => $"{n.Name} in the output"));

        Assert.Empty(found);

        static IEnumerable<string> Files(string folder) =>
            Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
                .Where(f => !f.EndsWith(".deb", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_changed_means_the_image_stays_and_so_do_its_keys()
    {
        // The first of the two may have to encrypt: another test may have built for another owner.
        Outcome once = await builds.BuildSecureAsync("once");
        Outcome again = await builds.BuildSecureAsync("again");

        Assert.True(once.ExitCode == 0, once.ToString());
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.Contains("0 built", again.Output, StringComparison.Ordinal);
        Assert.Equal(DigestOf(Path.Combine(ArtifactsIn("once"), "podvm.qcow2")), DigestOf(Path.Combine(ArtifactsIn("again"), "podvm.qcow2")));
    }

    [Fact]
    public async Task Another_Trustee_gets_its_own_policy_for_the_same_image()
    {
        Outcome current = await builds.BuildSecureAsync("current");
        Outcome old = await builds.BuildSecureAsync("old", "--set", "measurements.trustee=A");

        Assert.True(current.ExitCode == 0, current.ToString());
        Assert.True(old.ExitCode == 0, old.ToString());
        Assert.Equal(DigestOf(Path.Combine(ArtifactsIn("current"), "podvm.qcow2")), DigestOf(Path.Combine(ArtifactsIn("old"), "podvm.qcow2")));
        Assert.Contains("input.se", File.ReadAllText(Path.Combine(ArtifactsIn("current"), "attestation-policy-se.rego")), StringComparison.Ordinal);
        Assert.Contains("input[\"se.tag\"]", File.ReadAllText(Path.Combine(ArtifactsIn("old"), "attestation-policy-se.rego")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(ArtifactsIn("current"), "rvps-reference-values.yaml")));
        Assert.False(File.Exists(Path.Combine(ArtifactsIn("old"), "rvps-reference-values.yaml")));
    }

    [Fact]
    public async Task Another_owner_gets_an_image_with_other_keys()
    {
        Outcome outcome = await builds.BuildSecureAsync("other", "--set", $"secureExecution.keys={Path.Combine(Folder, "other keys")}");

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        string own = Assert.Single(Directory.GetDirectories(Path.Combine(Folder, "other keys")));
        Assert.NotEqual((string?)Facts["tag"], Path.GetFileName(own));
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(builds.Keys, (string)Facts["tag"]!, "luks.key")), File.ReadAllBytes(Path.Combine(own, "luks.key")));
    }

    [Fact]
    public async Task A_root_with_a_hash_tree_needs_no_key_and_is_on_the_encrypted_command_line()
    {
        Outcome outcome = await builds.BuildSecureAsync("verity", "--set", "secureExecution.root=verity", "--set", "secureExecution.keys=null");

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        JsonNode content = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "verity", "podvm-debian-s390x-se", "manifest.json")))!["content"]!;
        string rootHash = (string)content["secureExecution"]!["rootHash"]!;
        Assert.StartsWith($"roothash={rootHash} ", (string?)content["secureExecution"]!["commandLine"], StringComparison.Ordinal);
        Assert.Equal(["boot-se", "root", "root-verity"], content["disk"]!["partitions"]!.AsArray().Select(p => (string)p!["name"]!));
        // Discoverable Partitions Specification: the partition's UUID is the first half of the root hash.
        Assert.Equal(rootHash[..32], ((string)content["disk"]!["partitions"]![1]!["id"]!).Replace("-", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Faulty_host_keys_end_the_build_before_anything_is_made()
    {
        string wrong = Path.Combine(Folder, "wrong");
        Directory.CreateDirectory(wrong);
        Builds.WriteHostKey(Path.Combine(wrong, "p256.crt"), ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Path.Combine(wrong, "text.crt"), "no certificate", TestContext.Current.CancellationToken);

        Outcome outcome = await builds.BuildSecureAsync("refused", "--set", $"secureExecution.hostKeys=['{wrong}/*.crt']");

        Assert.Equal(65, outcome.ExitCode);
        Assert.Contains("p256.crt", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("text.crt", outcome.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("resolve-packages", outcome.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(Folder, "refused", "podvm-debian-s390x-se")));
    }

    [Fact]
    public async Task The_disk_starts_as_far_as_a_machine_without_secure_execution_goes()
    {
        string output = Path.Combine(Folder, "started");
        Outcome outcome = await builds.RunSecureAsync("boot-check", output);

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        JsonNode check = JsonNode.Parse(File.ReadAllText(Path.Combine(output, "podvm-debian-s390x-se", "manifest.json")))!["run"]!["bootCheck"]!;
        Assert.Equal("passed", (string?)check["status"]);
        Assert.Contains("Secure Execution", (string?)check["reason"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_the_open_it_boots_to_multi_user_and_with_the_owner_s_key_so_does_the_encrypted_disk()
    {
        string output = Path.Combine(Folder, "open");
        Task<Outcome> plain = Factory.RunAsync(
            ["boot-check", "--log", "plain", "--recipe", "recipes/s390x.yaml", "--set", "base.security=false", "--store", builds.Workshop!.Store, "--output", output], Factory.Root);
        // Only one at a time makes the tools.
        while (S390xMachine.FindQemu(builds.Workshop!.Store) is null && !plain.IsCompleted)
            await Task.Delay(200, TestContext.Current.CancellationToken);
        S390xMachine machine = new(builds.Workshop!.Store, Folder);
        string report = await machine.BootEncryptedAsync(
            builds.Image, Path.Combine(builds.Keys, (string)Facts["tag"]!, "luks.key"), Guid.Parse((string)Facts["luksUuid"]!), (string)Facts["commandLine"]!, TestContext.Current.CancellationToken);
        Outcome outcome = await plain;

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal("passed", (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(output, "podvm-debian-s390x", "manifest.json")))!["run"]!["bootCheck"]!["status"]);
        Assert.Contains("state running", report.Split('\n'));
        Assert.Contains("multi-user active", report.Split('\n'));
        Assert.Contains("root overlay", report, StringComparison.Ordinal);
    }

    private JsonNode Manifest => JsonNode.Parse(File.ReadAllText(Path.Combine(builds.Artifacts, "manifest.json")))!;

    private JsonNode Facts => Manifest["content"]!["secureExecution"]!;

    private static HashSet<string> Found(string file, List<(string Name, byte[] Needle)> needles)
    {
        int longest = needles.Max(n => n.Needle.Length);
        byte[] buffer = new byte[(1 << 20) + longest];
        using FileStream stream = File.OpenRead(file);
        HashSet<string> found = [];
        int kept = 0;
        for (int count; (count = stream.Read(buffer, kept, buffer.Length - kept)) > 0;)
        {
            ReadOnlySpan<byte> window = buffer.AsSpan(0, kept + count);
            foreach ((string name, byte[] needle) in needles)
            {
                if (window.IndexOf(needle) >= 0)
                    found.Add(name);
            }

            kept = Math.Min(longest, window.Length);
            window[^kept..].CopyTo(buffer);
        }

        return found;
    }

    /// <summary>SE format, section 3: SHA-256 over both coordinates, each left-padded to 80 bytes.</summary>
    private static string PhkhOf(ECDsa key)
    {
        ECPoint point = key.ExportParameters(false).Q;
        return Convert.ToHexStringLower(SHA256.HashData([.. new byte[80 - 66], .. point.X!, .. new byte[80 - 66], .. point.Y!]));
    }

    private static string DigestOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>An emulated s390x beside other emulated machines on two processors comes so slowly that its systemd gives its disk up after 90 s.</summary>
    [CollectionDefinition(nameof(S390xImageTests), DisableParallelization = true)]
    public sealed class Alone;

    /// <summary>Builds the Secure Execution image once for all tests of the class.</summary>
    public sealed class Builds : IAsyncLifetime
    {
        internal Workshop? Workshop { get; private set; }

        internal Outcome? Secure { get; private set; }

        internal ECDsa HostKey { get; private set; } = null!;

        internal string Keys => Path.Combine(Workshop!.Folder, "keys");

        internal string Artifacts => Path.Combine(Workshop!.Output, "podvm-debian-s390x-se");

        internal string Image => Path.Combine(Artifacts, "podvm.qcow2");

        public async ValueTask InitializeAsync()
        {
            if (Factory.Missing is not null)
                return;
            Workshop = new Workshop("s390x");
            Directory.CreateDirectory(Path.Combine(Workshop.Folder, "hkd"));
            HostKey = WriteHostKey(Path.Combine(Workshop.Folder, "hkd", "machine.crt"), ECCurve.NamedCurves.nistP521);
            string recipe = Path.Combine(Workshop.Folder, "secure.yaml");
            File.Copy(Path.Combine(Factory.Root, "recipes", "s390x.yaml"), Path.Combine(Workshop.Folder, "s390x.yaml"));
            // Not every mirror has the updates of every architecture.
            await File.WriteAllTextAsync(
                recipe,
                """
                extends: s390x.yaml
                name: podvm-debian-s390x-se
                base: { security: false }
                secureExecution:
                  hostKeys: [hkd/*.crt]
                  verify: false
                  keys: keys
                """);
            Secure = await BuildSecureAsync(Workshop.Output);
        }

        internal Task<Outcome> BuildSecureAsync(string output, params string[] more) => RunSecureAsync("build", Path.Combine(Workshop!.Folder, output), more);

        internal Task<Outcome> RunSecureAsync(string verb, string output, params string[] more) =>
            Factory.RunAsync([verb, "--log", "plain", "--recipe", "secure.yaml", "--store", Workshop!.Store, "--output", output, .. more], Workshop.Folder);

        internal static ECDsa WriteHostKey(string path, ECCurve curve)
        {
            ECDsa key = ECDsa.Create(curve);
            CertificateRequest request = new("CN=test machine", key, HashAlgorithmName.SHA512);
            using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(300));
            File.WriteAllText(path, certificate.ExportCertificatePem());
            return key;
        }

        public ValueTask DisposeAsync()
        {
            HostKey?.Dispose();
            Workshop?.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
