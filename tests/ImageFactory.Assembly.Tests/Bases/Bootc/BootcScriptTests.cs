using ImageFactory.Assembly.Tests.Tree;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

/// <summary>The scripts of the Containerfiles and of the overlay tree, run with stand-ins for the programs that they call.</summary>
public sealed class BootcScriptTests : IDisposable
{
    private const string Digest = "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef";

    private readonly TemporaryFolder folder = new();

    private static string Repository { get; } = FindRepository();

    private string Calls => File.Exists(folder["calls"]) ? File.ReadAllText(folder["calls"]) : "";

    [Fact]
    public void A_registered_system_is_unregistered_in_the_same_script()
    {
        GiveSecrets("org-1", "key-1");
        folder.Write("root/etc/pki/consumer/cert.pem", "identity");
        folder.Write("root/var/lib/rhsm/facts", "facts");

        (int code, string output, string errors) = Install();

        Assert.True(code == 0, errors);
        string[] calls = Calls.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("subscription-manager register --org=org-1 --activationkey=key-1", calls[0]);
        Assert.StartsWith("dnf -y --setopt=install_weak_deps=False install ", calls[1], StringComparison.Ordinal);
        Assert.Equal(["subscription-manager unregister", "subscription-manager clean"], calls[^2..]);
        Assert.DoesNotContain("key-1", output + errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder["root/etc/pki/consumer"]));
        Assert.Empty(Directory.GetFiles(folder["root/var/lib/rhsm"]));
    }

    [Fact]
    public void A_failed_installation_is_unregistered_too_and_stays_failed()
    {
        GiveSecrets("org-1", "key-1");
        Program("dnf", "exit 7");

        (int code, _, _) = Install();

        Assert.Equal(7, code);
        Assert.Contains("subscription-manager unregister", Calls, StringComparison.Ordinal);
    }

    [Fact]
    public void A_subscription_that_cannot_be_given_back_fails_the_build()
    {
        GiveSecrets("org-1", "key-1");
        Program("subscription-manager", "[ \"$1\" != unregister ]");

        Assert.NotEqual(0, Install().ExitCode);
    }

    [Fact]
    public void Without_secrets_nothing_is_registered()
    {
        Assert.Equal(0, Install().ExitCode);
        Assert.DoesNotContain("subscription-manager", Calls, StringComparison.Ordinal);
    }

    [Fact]
    public void One_secret_without_the_other_is_an_error()
    {
        folder.Write("secrets/rhsm-org", "org-1");

        (int code, _, string errors) = Install();

        Assert.Equal(1, code);
        Assert.Contains("only one of the secrets", errors, StringComparison.Ordinal);
        Assert.Empty(Calls);
    }

    [Fact]
    public void Only_Azure_s_images_check_in_with_Azure()
    {
        folder.Write("root/usr/share/imagefactory/azure/etc/x", "x");

        Assert.Equal(0, Install().ExitCode);
        bool plain = File.Exists(folder["root/etc/x"]);
        Assert.DoesNotContain("afterburn", Calls, StringComparison.Ordinal);
        Assert.Equal(0, Install("azure").ExitCode);

        Assert.False(plain);
        Assert.True(File.Exists(folder["root/etc/x"]));
        Assert.Contains("afterburn", Calls, StringComparison.Ordinal);
    }

    [Fact]
    public void Initdata_is_measured_cut_to_the_size_of_the_register()
    {
        folder.Write("digest", Digest + "more of a longer digest");
        Directory.CreateDirectory(folder["pcr-sha256"]);

        Assert.Equal(0, Measure().ExitCode);
        Assert.Equal($"tpm2_pcrextend 8:sha256={Digest}\n", Calls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123")]
    [InlineData("0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcde; rm")]
    public void What_is_no_digest_is_not_measured_and_fails(string text)
    {
        folder.Write("digest", text);
        Directory.CreateDirectory(folder["pcr-sha256"]);

        Assert.Equal(1, Measure().ExitCode);
        Assert.Empty(Calls);
    }

    [Fact]
    public void A_register_that_cannot_be_extended_fails_the_unit()
    {
        folder.Write("digest", Digest);
        Directory.CreateDirectory(folder["pcr-sha256"]);
        Program("tpm2_pcrextend", "exit 3");

        Assert.Equal(3, Measure().ExitCode);
    }

    [Fact]
    public void Without_initdata_or_without_a_TPM_there_is_nothing_to_measure()
    {
        Directory.CreateDirectory(folder["pcr-sha256"]);
        Assert.Equal(0, Measure().ExitCode);
        Directory.Delete(folder["pcr-sha256"]);
        folder.Write("digest", Digest);
        Assert.Equal(0, Measure().ExitCode);

        Assert.Empty(Calls);
    }

    [Fact]
    public void Registers_are_shown_in_order()
    {
        folder.Write("pcr-sha256/11", "ab\n");
        folder.Write("pcr-sha256/4", "cd\n");

        (int code, string output, _) = Run("overlays/podvm/usr/lib/imagefactory/show-registers", folder["pcr-sha256"]);

        Assert.Equal((0, "PCRs (sha256):\n   4: 0xcd\n  11: 0xab\n"), (code, output));
    }

    [Fact]
    public void Only_the_preset_s_units_start_by_themselves()
    {
        string preset = File.ReadAllText(Path.Combine(Repository, "bootc/overlays/podvm/usr/lib/systemd/system-preset/20-podvm.preset"));

        Assert.DoesNotContain("gen-issue", preset, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private void GiveSecrets(string organisation, string key)
    {
        folder.Write("secrets/rhsm-org", organisation + "\n");
        folder.Write("secrets/rhsm-activation-key", key + "\n");
    }

    private (int ExitCode, string Output, string Errors) Measure() => Run("overlays/podvm/usr/lib/imagefactory/measure-initdata", folder["digest"], folder["pcr-sha256"]);

    private (int ExitCode, string Output, string Errors) Install(string provider = "") => Run("install-rhel.sh", provider);

    private (int ExitCode, string Output, string Errors) Run(string script, params string[] arguments)
    {
        Directory.CreateDirectory(folder["root"]);
        foreach (string program in (string[])["dnf", "subscription-manager", "tpm2_pcrextend", "firewall-offline-cmd"])
        {
            if (!File.Exists(folder["bin/" + program]))
                Program(program, "exit 0");
        }

        string provider = script == "install-rhel.sh" ? arguments[0] : "";
        return Tool.Run("/usr/bin/env", [
            $"PATH={folder["bin"]}:/usr/bin:/bin", $"CLOUD_PROVIDER={provider}", $"SECRETS={folder["secrets"]}", $"ROOT={folder["root"]}",
            "sh", Path.Combine(Repository, "bootc", script), .. script == "install-rhel.sh" ? [] : arguments,
        ]);
    }

    private void Program(string name, string body)
    {
        folder.Write("bin/" + name, $"#!/bin/sh\necho \"{name} $*\" >>{folder["calls"]}\n{body}\n");
        folder.SetMode("bin/" + name, 493);
    }

    private static string FindRepository()
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "build.sh")))
            at = at.Parent!;
        return at.FullName;
    }
}
