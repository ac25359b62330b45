using System.Diagnostics;
using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.SystemSetup;
using ImageFactory.Assembly.SystemSetup.Options;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.SystemSetup;

/// <summary>Options that are an overlay tree and a few facts, with the trees that are shipped.</summary>
public sealed class OptionTests : IDisposable
{
    private const string Version = "5.14.0-570.el9.x86_64";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("cloudInit", "/usr/bin/cloud-init")]
    [InlineData("fips", "/usr/share/crypto-policies/back-ends/FIPS")]
    [InlineData("nvidia", "/usr/bin/nvidia-smi")]
    [InlineData("nvidia", "/usr/bin/nvidia-ctk")]
    public void A_system_without_what_an_option_needs_is_told_who_brings_it(string option, string missing)
    {
        FileTree tree = Ready();
        tree.Remove(missing);

        Fault fault = Assert.Single(new OptionLayer(Option(option), "here").Check(tree));

        Assert.Equal("IFA333", fault.Code);
        Assert.Contains($"'system.{option}' needs {missing}", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cloudInit")]
    [InlineData("fips")]
    [InlineData("nvidia")]
    public async Task The_tree_of_an_option_merges_and_its_units_start(string option)
    {
        FileTree tree = Ready();
        SystemOption chosen = Option(option);
        DirectoryPayload overlay = new() { Path = new SourcePath(chosen.Name, Path.Combine(Overlays, chosen.Name)) };

        Assert.Empty(new OptionLayer(chosen, "here").Check(tree));
        TarTree layer = await Assembly.Payload.Payloads.ReadAsync(overlay, Directory.CreateDirectory(folder["work"]), TestContext.Current.CancellationToken);
        Fault[] faults = [.. layer.Warnings, .. tree.Merge(layer.Tree), .. UnitPresets.Enable(tree, layer.Tree)];
        Assert.Empty(faults);

        foreach (string unit in layer.Tree.List("/usr/lib/systemd/system"))
            Assert.Contains(tree.Walk("/etc/systemd/system"), i => i.Path.EndsWith("/" + unit, StringComparison.Ordinal));
    }

    /// <summary>The allow list of the Job contract, section 7.4: what creates users, writes files or runs commands is not on it.</summary>
    [Fact]
    public void Restricted_cloud_init_runs_the_modules_of_the_contract_and_no_other()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Overlays, "cloud-init-restricted" + CloudInitRules.Restriction));

        Assert.Equal(
            ["migrator", "set_hostname", "update_hostname", "locale", "rh_subscription", "ntp", "timezone", "disable_ec2_metadata", "phone_home", "final_message", "power_state_change"],
            lines.Where(l => l.StartsWith("  - ", StringComparison.Ordinal)).Select(l => l[4..]));
        Assert.Equal(["cloud_init_modules:", "cloud_config_modules:", "cloud_final_modules:"], lines.Where(l => !l.StartsWith(' ')));
    }

    [Theory]
    [InlineData("CONFIG_CRYPTO_FIPS=y\n", null)]
    [InlineData("# CONFIG_CRYPTO_FIPS is not set\n", "IFA334")]
    [InlineData("CONFIG_CRYPTO_FIPS_NAME=\"y\"\n", "IFA334")]
    [InlineData(null, "IFA335")]
    public void Fips_needs_a_kernel_that_was_built_for_it(string? configuration, string? code)
    {
        FileTree tree = Ready();
        tree.Remove($"/usr/lib/modules/{Version}/config");
        if (configuration is not null)
            tree.Put($"/boot/config-{Version}", TreeEntry.Text(configuration));

        Assert.Equal(code, new OptionLayer(Option("fips"), "here").Check(tree).SingleOrDefault()?.Code);
    }

    [Theory]
    [InlineData("0x10de", "0x030200", "create-device-nodes,persistenced,conf-compute,generate")]
    [InlineData("0x10de", "0x020000", "")]
    [InlineData("0x8086", "0x030000", "")]
    [InlineData(null, null, "")]
    public void The_gpus_of_nvidia_are_made_ready_and_written_down_and_without_one_nothing_happens(string? vendor, string? kind, string calls)
    {
        Directory.CreateDirectory(folder["bin"]);
        foreach ((string name, string ending) in new[] { ("nvidia-ctk", ""), ("nvidia-persistenced", ""), ("nvidia-smi", "exit 3\n") })
        {
            folder.Write("bin/" + name, $"#!/bin/sh\necho \"{name} $*\" >>\"$CALLS\"\n{ending}");
            folder.SetMode("bin/" + name, 493);
        }

        Directory.CreateDirectory(folder["devices"]);
        if (vendor is not null)
        {
            folder.Write("devices/0000:01:00.0/vendor", vendor + "\n");
            folder.Write("devices/0000:01:00.0/class", kind + "\n");
        }

        ProcessStartInfo start = new("sh", [Path.Combine(Overlays, "nvidia/usr/lib/imagefactory/nvidia-devices")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{folder["bin"]}:{start.Environment["PATH"]}";
        start.Environment["CALLS"] = folder.Write("calls", "");
        start.Environment["SYS_DEVICES"] = folder["devices"];
        start.Environment["CDI_FILE"] = folder["run/cdi/nvidia.yaml"];
        using Process process = Process.Start(start)!;
        process.WaitForExit();

        Assert.Equal(0, process.ExitCode);
        string[] said = File.ReadAllLines(folder["calls"]);
        string[] expected = calls.Split(',', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected.Length, said.Length);
        Assert.All(expected.Zip(said), pair => Assert.Contains(pair.First, pair.Second, StringComparison.Ordinal));
    }

    [Fact]
    public void Facts_with_a_word_that_nobody_knows_are_refused()
    {
        Assert.Equal("IFA332", Assert.Throws<FactoryException>(() => OptionFacts.Read(folder.Write("x.json", """{ "kernelArgument": [] }"""))).Faults[0].Code);
    }

    private static string Overlays
    {
        get
        {
            DirectoryInfo? at = new(AppContext.BaseDirectory);
            while (at is not null && !Directory.Exists(Path.Combine(at.FullName, "bootc", "overlays")))
                at = at.Parent;
            return Path.Combine(at!.FullName, "bootc", "overlays");
        }
    }

    private static SystemOption Option(string key) => Assert.Single(SystemOption.Chosen(
        new SystemSettings { CloudInit = key == "cloudInit" ? CloudInit.Restricted : CloudInit.Absent, Fips = key == "fips", Nvidia = key == "nvidia" }, Overlays));

    /// <summary>A system that has what all of them need.</summary>
    private static FileTree Ready()
    {
        FileTree tree = new();
        foreach (string file in (string[])["/usr/bin/cloud-init", "/usr/bin/nvidia-smi", "/usr/bin/nvidia-ctk", "/etc/crypto-policies/config"])
            tree.Put(file, TreeEntry.Text("of the base"));
        tree.Put("/usr/share/crypto-policies/back-ends/FIPS", TreeEntry.Directory());
        tree.Put($"/usr/lib/modules/{Version}/config", TreeEntry.Text("CONFIG_X86=y\nCONFIG_CRYPTO_FIPS=y\n"));
        return tree;
    }
}
