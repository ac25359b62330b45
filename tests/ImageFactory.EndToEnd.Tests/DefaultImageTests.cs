using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>The default recipe, built for real. The first build is shared; each test goes on from it.</summary>
[Trait("needs", "mmdebstrap, package mirror")]
[Collection(nameof(FirstBuild))]
public sealed class DefaultImageTests
{
    private static readonly string[] FromRootOn = ["assemble-root", "disk", "measure", "root-image", "sbom", "uki", "verity"];

    private readonly FirstBuild first;

    public DefaultImageTests(FirstBuild first)
    {
        this.first = first;
        Assert.SkipWhen(Factory.Missing is not null, Factory.Missing ?? "");
        Assert.True(first.Outcome!.ExitCode == 0, first.Outcome.ToString());
    }

    private Workshop Here => first.Workshop!;

    [Fact]
    public void The_image_its_manifest_and_its_digests_are_there()
    {
        string[] files = [.. Directory.GetFiles(Path.GetDirectoryName(Here.Artifact("x"))!).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

        string[] expected =
        [
            "SHA256SUMS", "attestation-policy-az-snp-vtpm.rego", "attestation-policy-az-tdx-vtpm.rego", "attestation-policy-tpm.rego", "build.log", "manifest.json",
            "measurements-pcr.json", "measurements.json", "podvm.qcow2", "provenance.intoto.json", "report.html", "rvps-reference-values.yaml", "rvps-register.json", "sbom.cdx.json", "sbom.spdx.json",
        ];
        Assert.Equal(expected, files);
        Assert.Equal(
            files.Except(["SHA256SUMS", "build.log"]).Select(f => $"{DigestOf(Here.Artifact(f))}  {f}"),
            File.ReadAllLines(Here.Artifact("SHA256SUMS")).OrderBy(l => l[66..], StringComparer.Ordinal));
        Assert.True(new FileInfo(Here.Artifact("podvm.qcow2")).Length <= 110L << 20);
    }

    [Fact]
    public void The_result_says_plainly_that_agent_binaries_are_missing()
    {
        Assert.Contains("cannot run pods yet", first.Outcome!.Output, StringComparison.Ordinal);
        JsonNode root = Here.Manifest()["content"]!["root"]!;
        Assert.Contains("/usr/local/bin/kata-agent", root["missingAgentBinaries"]!.AsArray().Select(n => (string)n!));
    }

    [Fact]
    public async Task Another_store_another_folder_and_one_job_give_the_same_bytes()
    {
        using Workshop other = new("second");

        Outcome outcome = await other.BuildAsync("--jobs", "1");

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(DigestOf(Here.Artifact("podvm.qcow2")), DigestOf(other.Artifact("podvm.qcow2")));
        Assert.Equal(Here.Manifest()["content"]!.ToJsonString(), other.Manifest()["content"]!.ToJsonString());
    }

    [Fact]
    public async Task A_signed_build_is_verified_from_its_bytes_and_a_changed_one_is_not()
    {
        string output = Path.Combine(Here.Folder, "signed");
        string key = Path.Combine(Here.Folder, "sign.key");
        using ECDsa made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(key, made.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(key + ".pub", made.ExportSubjectPublicKeyInfoPem());

        Outcome signed = await Here.BuildToAsync(output, "--set", $"signing.key={key}");
        string artifacts = Path.GetDirectoryName(Here.Artifact("x", output))!;
        Outcome good = await Factory.RunAsync(["verify", artifacts, "--key", key + ".pub"]);
        Outcome unsigned = await Factory.RunAsync(["verify", Here.Artifact("podvm.qcow2")]);
        string secret = made.ExportPkcs8PrivateKeyPem().Split('\n')[1];
        bool leaked = Directory.GetFiles(artifacts).Any(f => !f.EndsWith(".qcow2", StringComparison.Ordinal) && File.ReadAllText(f).Contains(secret, StringComparison.Ordinal));

        // Far inside the root file system, where only its hash tree tells.
        byte[] disk = File.ReadAllBytes(Here.Artifact("podvm.qcow2", output));
        disk[disk.Length / 2] ^= 1;
        File.WriteAllBytes(Here.Artifact("podvm.qcow2", output), disk);
        Outcome bad = await Factory.RunAsync(["verify", artifacts, "--key", key + ".pub", "--json"]);

        Assert.True(signed.ExitCode == 0, signed.ToString());
        Assert.True(good.ExitCode == 0, good.ToString());
        Assert.Contains("computed from the image as stated: pcr", good.Output, StringComparison.Ordinal);
        Assert.Contains(", 0 not looked at", good.Output, StringComparison.Ordinal);
        Assert.True(unsigned.ExitCode == 0, unsigned.ToString());
        Assert.Contains("not signed", unsigned.Output, StringComparison.Ordinal);
        Assert.False(leaked);
        Assert.Equal(65, bad.ExitCode);
        Assert.Equal(["IFV204", "IFV302", "IFM205"], JsonNode.Parse(bad.Output)!["faults"]!.AsArray().Select(f => (string?)f!["code"]));
    }

    [Fact]
    public async Task A_second_build_from_nothing_is_compared_and_leaves_nothing()
    {
        string output = Path.Combine(Here.Folder, "reproduced");

        Outcome outcome = await Factory.RunAsync(["--target", "Reproduce", "--log", "plain", "--store", Here.Store, "--output", output]);

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains("reproduced  ", outcome.Output, StringComparison.Ordinal);
        Assert.Contains(DigestOf(Here.Artifact("podvm.qcow2")), outcome.Output, StringComparison.Ordinal);
        Assert.Equal(["podvm-debian-dev"], Directory.GetFileSystemEntries(output).Select(e => Path.GetFileName(e)));

        // Once it was found in the store, once everything was made.
        Assert.Contains("disk: reused", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("disk: built", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_published_image_is_found_again_and_taken_away_again()
    {
        string recipe = Path.Combine(Here.Folder, "published.yaml");
        string target = Path.Combine(Here.Folder, "published");
        File.Copy(Path.Combine(Factory.Root, "recipes", "default.yaml"), Path.Combine(Here.Folder, "base.yaml"), overwrite: true);
        File.WriteAllText(recipe, "extends: base.yaml\npublish:\n  - { kind: directory, path: published, formats: [qcow2, vhd] }\n");
        string output = Path.Combine(Here.Folder, "for-publishing");

        Outcome published = await Factory.RunAsync(["publish", "--log", "plain", "--recipe", recipe, "--store", Here.Store, "--output", output]);
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(output, "podvm-debian-dev", "manifest.json")))!;
        bool whole = DigestOf(Path.Combine(target, "podvm-debian-dev.qcow2")) == DigestOf(Here.Artifact("podvm.qcow2"));
        Outcome collected = await Factory.RunAsync(["gc", "--remove", "--recipe", recipe, "--store", Here.Store, "--output", output]);
        int kept = Directory.GetFiles(target).Length;
        Outcome removed = await Factory.RunAsync(["unpublish", "--recipe", recipe, "--store", Here.Store, "--output", output]);

        Assert.True(published.ExitCode == 0, published.ToString());
        Assert.Equal("directory", (string?)manifest["run"]!["publications"]![0]!["kind"]);
        Assert.True(whole);
        Assert.True(collected.ExitCode == 0, collected.ToString());
        Assert.Equal(4, kept);
        Assert.True(removed.ExitCode == 0, removed.ToString());
        Assert.Empty(Directory.GetFileSystemEntries(target));
    }

    [Fact]
    public async Task A_destination_that_cannot_be_is_told_before_any_stage_runs()
    {
        string recipe = Path.Combine(Here.Folder, "bad.yaml");
        File.WriteAllText(Path.Combine(Here.Folder, "occupied"), "");
        File.Copy(Path.Combine(Factory.Root, "recipes", "default.yaml"), Path.Combine(Here.Folder, "base.yaml"), overwrite: true);
        File.WriteAllText(recipe, "extends: base.yaml\npublish:\n  - { kind: directory, path: occupied/below, formats: [] }\n");

        Outcome outcome = await Factory.RunAsync(["publish", "--log", "plain", "--recipe", recipe, "--store", Here.Store, "--output", Path.Combine(Here.Folder, "never")]);

        Assert.Equal(65, outcome.ExitCode);
        Assert.Contains("IFU201", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("IFU205", outcome.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Here.Folder, "never", "podvm-debian-dev", "podvm.qcow2")));
    }

    [Fact]
    public async Task Nothing_changed_means_nothing_runs()
    {
        string output = Path.Combine(Here.Folder, "again");

        Outcome outcome = await Here.BuildToAsync(output);

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Empty(Here.Built(output));
        Assert.Equal(DigestOf(Here.Artifact("podvm.qcow2")), DigestOf(Here.Artifact("podvm.qcow2", output)));
    }

    [Fact]
    public async Task Another_policy_reruns_the_stages_behind_the_root_and_no_other()
    {
        string output = Path.Combine(Here.Folder, "policy");

        Outcome outcome = await Here.BuildToAsync(output, "--set", "agentPolicy.preset=allow-all");

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(FromRootOn, Here.Built(output));
        Assert.NotEqual((string?)Here.Manifest()["content"]!["uki"]!["rootHash"], (string?)Here.Manifest(output)["content"]!["uki"]!["rootHash"]);

        Outcome diff = await Factory.RunAsync(["diff", Path.GetDirectoryName(Here.Artifact("podvm.qcow2"))!, Here.Artifact("podvm.qcow2", output), "--json"]);

        Assert.True(diff.ExitCode == 0, diff.ToString());
        JsonNode report = JsonNode.Parse(diff.Output)!;
        Assert.Empty(report["packages"]!.AsArray());
        Assert.Empty(report["units"]!.AsArray());
        Assert.Empty(report["notCompared"]!.AsArray());
        Assert.All(report["files"]!.AsArray(), f => Assert.StartsWith("/etc/kata-opa/", (string)f!["path"]!, StringComparison.Ordinal));
        Assert.Contains(report["policy"]!.AsArray(), c => (string?)c!["call"] == "ExecProcessRequest" && (string?)c["effect"] == "wider");
        Assert.All(report["kernelArguments"]!.AsArray(), a => Assert.StartsWith("roothash=", (string)a!["argument"]!, StringComparison.Ordinal));
        Assert.Contains(report["causes"]!.AsArray(), c => (string?)c!["key"] == "agentPolicy.preset" && c["reaches"]!.AsArray().Any(r => (string?)r == "policy"));
        Assert.Contains(report["registers"]!.AsArray(), r => (string?)r == "pcr11");
    }

    [Fact]
    public async Task Another_kernel_argument_leaves_the_root_alone()
    {
        string output = Path.Combine(Here.Folder, "argument");

        Outcome outcome = await Here.BuildToAsync(output, "--set", "system.kernelArguments=[console=ttyS0, quiet]");

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(["disk", "measure", "sbom", "uki"], Here.Built(output));
        Assert.EndsWith(" console=ttyS0 quiet", (string?)Here.Manifest(output)["content"]!["uki"]!["commandLine"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_finds_a_safe_image_and_the_manifest_s_root_hash()
    {
        Outcome outcome = await Factory.RunAsync(["inspect", Here.Artifact("podvm.qcow2"), "--lint", "--json"]);

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains((string)Here.Manifest()["content"]!["uki"]!["rootHash"]!, outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_is_inspected_from_any_folder_though_the_recipe_is_wrong()
    {
        Dictionary<string, string> wrong = new() { ["IMAGEFACTORY_DISK_ROOT"] = "ntfs" };

        Outcome validated = await Factory.RunAsync(["validate"], Here.Folder, environment: wrong);
        Outcome inspected = await Factory.RunAsync(["inspect", Here.Artifact("podvm.qcow2"), "--json"], Here.Folder, environment: wrong);

        Assert.Equal(65, validated.ExitCode);
        Assert.True(inspected.ExitCode == 0, inspected.ToString());
        Assert.Contains((string)Here.Manifest()["content"]!["uki"]!["rootHash"]!, inspected.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_at_any_moment_the_next_run_succeeds_and_the_store_is_sound()
    {
        // A fixed seed, so that a failure can be repeated as far as timing allows.
        Random random = new(20261121);
        string output = Path.Combine(Here.Folder, "killed");
        string[] variant = ["build", "--log", "plain", "--store", Here.Store, "--output", output, "--set", "disk.rootCompression=lz4"];
        for (int i = 0; i < 6; i++)
            await Factory.RunAsync(variant, Here.Folder, TimeSpan.FromMilliseconds(random.Next(200, 2500)));

        Outcome outcome = await Factory.RunAsync(variant, Here.Folder);
        Outcome verified = await Factory.RunAsync(["store", "verify", "--store", Here.Store]);

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.True(verified.ExitCode == 0, verified.ToString());
        Assert.DoesNotContain(Directory.GetFileSystemEntries(Path.GetDirectoryName(Here.Artifact("x", output))!), e => Path.GetFileName(e).StartsWith('.'));
    }

    [Fact]
    public async Task Two_builds_at_once_share_the_work()
    {
        string left = Path.Combine(Here.Folder, "left");
        string right = Path.Combine(Here.Folder, "right");
        string[] variant = ["--set", "disk.rootCompression=none"];

        Outcome[] outcomes = await Task.WhenAll(Here.BuildToAsync(left, variant), Here.BuildToAsync(right, variant));

        Assert.All(outcomes, o => Assert.True(o.ExitCode == 0, o.ToString()));
        Assert.Equal(["disk", "measure", "root-image", "sbom", "uki", "verity"], Here.Built(left).Concat(Here.Built(right)).Order(StringComparer.Ordinal));
        Assert.Equal(DigestOf(Here.Artifact("podvm.qcow2", left)), DigestOf(Here.Artifact("podvm.qcow2", right)));
    }

    [Fact]
    public async Task An_ext4_root_is_built_the_same_way()
    {
        string output = Path.Combine(Here.Folder, "ext4");

        Outcome outcome = await Here.BuildToAsync(output, "--set", "disk.root=ext4", "--set", "disk.format=raw");
        Outcome inspected = await Factory.RunAsync(["inspect", Here.Artifact("podvm.raw", output), "--lint"]);

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.True(inspected.ExitCode == 0, inspected.ToString());
    }

    [Fact]
    public async Task A_lock_file_pins_the_packages_and_a_stale_one_is_refused()
    {
        string recipe = Path.Combine(Here.Folder, "locked.yaml");
        File.Copy(Path.Combine(Factory.Root, "recipes", "default.yaml"), recipe);

        // Outputs of their own: the other tests compare the first build's manifest, which names its recipe.
        string output = Path.Combine(Here.Folder, "locked");
        Outcome absent = await Here.BuildToAsync(output, "--recipe", recipe, "--locked");
        Outcome made = await Factory.RunAsync(["lock", "--recipe", recipe, "--store", Here.Store]);
        Outcome locked = await Here.BuildToAsync(output, "--recipe", recipe, "--locked");
        Outcome stale = await Here.BuildToAsync(output, "--recipe", recipe, "--locked", "--set", "base.packages+=less");

        Assert.Equal(66, absent.ExitCode);
        Assert.True(made.ExitCode == 0, made.ToString());
        Assert.True(locked.ExitCode == 0, locked.ToString());
        Assert.Equal(65, stale.ExitCode);
        Assert.Contains("IFA402", stale.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bundle_gives_the_same_image_where_there_is_no_network()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can take the network away");
        string home = Directory.CreateDirectory(Path.Combine(Here.Folder, "bundled")).FullName;
        string recipe = Path.Combine(Directory.CreateDirectory(Path.Combine(home, "recipes")).FullName, "my.yaml");
        File.Copy(Path.Combine(Factory.Root, "recipes", "default.yaml"), Path.Combine(home, "recipes", "base.yaml"));
        await File.WriteAllTextAsync(recipe, "extends: base.yaml\npayload: [{ kind: directory, path: ../extra }]\nagentPolicy: { preset: null, file: ../policy.rego }\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(home, "policy.rego"), "package agent_policy\n\ndefault CreateContainerRequest := true\n", TestContext.Current.CancellationToken);
        string folder = Directory.CreateDirectory(Path.Combine(home, "extra", "usr", "lib", "extra")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "file"), "of the payload", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Path.Combine(folder, "link"), "file");
        string bundle = Path.Combine(home, "my.tar");
        string[] pack = ["bundle", "--recipe", recipe, "--output", bundle, "--store", Here.Store];

        Outcome unlocked = await Factory.RunAsync(pack);
        Outcome made = await Factory.RunAsync(["lock", "--recipe", recipe, "--store", Here.Store]);
        Outcome online = await Here.BuildToAsync(Path.Combine(home, "online"), "--recipe", recipe, "--locked");
        Outcome packed = await Factory.RunAsync(pack);
        string first = DigestOf(bundle);
        await File.WriteAllTextAsync(Path.Combine(folder, "file"), "of another payload", TestContext.Current.CancellationToken);
        await File.AppendAllTextAsync(Path.Combine(home, "policy.rego"), "default ExecProcessRequest := false\n", TestContext.Current.CancellationToken);
        Outcome changed = await Factory.RunAsync(["plan", "--locked", "--recipe", recipe, "--store", Here.Store]);
        File.Delete(Path.Combine(home, "recipes", "my.yaml"));
        string[] from = ["build", "--log", "plain", "--from-bundle", bundle, "--store", Path.Combine(home, "store"), "--output", Path.Combine(home, "offline")];
        Outcome offline = await Factory.RunAsync(from, home, network: false);

        Assert.Equal(66, unlocked.ExitCode);
        Assert.True(made.ExitCode == 0 && online.ExitCode == 0 && packed.ExitCode == 0, $"{made}{online}{packed}");
        Assert.Equal(65, changed.ExitCode);
        Assert.Equal(2, changed.Errors.Split("IFA441").Length - 1);
        Assert.Contains("'agentPolicy'", changed.Errors, StringComparison.Ordinal);
        Assert.Contains("'payload[0]'", changed.Errors, StringComparison.Ordinal);
        Assert.True(offline.ExitCode == 0, offline.ToString());
        Assert.Equal(DigestOf(Here.Artifact("podvm.qcow2", Path.Combine(home, "online"))), DigestOf(Here.Artifact("podvm.qcow2", Path.Combine(home, "offline"))));
        Assert.Empty(Directory.GetDirectories(Path.Combine(home, "store"), ".*"));
        await using (FileStream file = new(bundle, FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = file.Length / 2;
            int was = file.ReadByte();
            file.Position = file.Length / 2;
            file.WriteByte((byte)~was);
        }

        Assert.NotEqual(first, DigestOf(bundle));
        Outcome damaged = await Factory.RunAsync(from, home, network: false);
        Assert.Equal(65, damaged.ExitCode);
        Assert.Contains("IFA428", damaged.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_ends_the_build_and_leaves_nothing_half_written()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can mount a small disk");
        string small = Path.Combine(Here.Folder, "small");
        Directory.CreateDirectory(small);
        using Mount disk = await Mount.TmpfsAsync(small, "40m");

        Outcome outcome = await Here.BuildToAsync(small);

        Assert.Equal(73, outcome.ExitCode);
        Assert.False(File.Exists(Here.Artifact("podvm.qcow2", small)));
        Assert.False(File.Exists(Here.Artifact("manifest.json", small)));
    }

    [Fact]
    public async Task An_output_that_cannot_be_written_is_a_fault_with_its_path()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can mount a read-only disk");
        string folder = Path.Combine(Here.Folder, "read-only");
        Directory.CreateDirectory(folder);
        using Mount disk = await Mount.TmpfsAsync(folder, "1m,ro");

        Outcome outcome = await Here.BuildToAsync(folder);

        Assert.Contains(outcome.ExitCode, (int[])[73, 77]);
        Assert.Contains(folder, outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_boots_to_multi_user_verified_with_scratch_space_and_the_manifest_s_policy()
    {
        string output = Path.Combine(Here.Folder, "booted");
        Outcome outcome = await Factory.RunAsync(["boot-check", "--log", "plain", "--store", Here.Store, "--output", output], Here.Folder);

        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        JsonNode checking = Here.Manifest(output)["run"]!["bootCheck"]!;
        Assert.Equal("passed", (string?)checking["status"]);
        Assert.True((double)checking["seconds"]! > 0);

        // Read in the TPM of the machine, and predicted from the bytes of the disk.
        Assert.Equal(["pcr04", "pcr09", "pcr11", "pcr12", "pcr13"], checking["confirmed"]!.AsArray().Select(r => (string)r!));

        // Without option ROMs (the constant that Azure's machines have, too), phases, addons and extensions.
        JsonNode registers = checking["registers"]!;
        Assert.Equal("3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969", (string?)registers["pcr02"]);
        Assert.All((string[])["pcr08", "pcr12", "pcr13", "pcr15"], pcr => Assert.Equal(new string('0', 64), (string?)registers[pcr]));
    }

    private static string DigestOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
