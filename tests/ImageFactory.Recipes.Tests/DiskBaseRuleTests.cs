using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Tests;

/// <summary>Bases that are disks.</summary>
public sealed class DiskBaseRuleTests : IDisposable
{
    private const string Digest = "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    private readonly RecipeFolder folder = new();

    [Theory]
    [InlineData("", "IFR361")]
    [InlineData("path: a.yaml, uri: 'https://images.example/a.qcow2', " + Digest, "IFR361")]
    [InlineData("uri: 'https://images.example/a.qcow2'", "IFR362")]
    [InlineData("uri: 'http://images.example/a.qcow2', " + Digest, "IFR360")]
    [InlineData("uri: 'https://me:hush@images.example/a.qcow2', " + Digest, "IFR307")]
    [InlineData("path: a.yaml, sha256: abc", "IFR311")]
    [InlineData("path: nowhere.qcow2", "IFR211")]
    [InlineData("path: a.yaml, guest: { packages: [dracut] }", "IFR363")]
    [InlineData("path: a.yaml, guest: { network: true, packages: ['--nogpgcheck'] }", "IFR365")]
    [InlineData("path: a.yaml, guest: { removePackages: ['a b'] }", "IFR365")]
    [InlineData("path: a.yaml, guest: { boot: vendor-uki }", "IFR364")]
    [InlineData("path: a.yaml, guest: { boot: grub }", "IFR204")]
    public void A_wrong_value_is_refused(string keys, string code)
    {
        Fault error = Assert.Single(folder.FaultsOf(Recipe(keys)), f => f.Severity == Severity.Error);

        Assert.Equal(code, error.Code);
        Assert.NotNull(error.Hint);
        Assert.DoesNotContain("hush", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Disks_are_for_x86_64_only()
    {
        Fault error = Assert.Single(folder.FaultsOf(Recipe("path: a.yaml") + "architecture: s390x\nsystem: { kernelArguments: [] }\n"), f => f.Severity == Severity.Error);

        Assert.Equal("IFR355", error.Code);
    }

    [Theory]
    [InlineData("path: a.yaml")]
    [InlineData("uri: 'https://images.example/a.qcow2?x=1', " + Digest)]
    [InlineData("path: a.yaml, backing: a.yaml, guest: { network: true, packages: [kernel-uki-virt, NetworkManager, 'dracut'], removePackages: [cloud-init] }")]
    public void A_right_value_is_taken(string keys) => Assert.Empty(folder.LoadText(Recipe(keys)).Warnings);

    [Fact]
    public void A_vendor_s_UKI_wants_an_ext4_root()
    {
        QcowBase found = (QcowBase)folder.LoadText(Recipe("path: a.yaml, guest: { boot: vendor-uki }") + "disk: { root: ext4 }\n").Recipe.Base;

        Assert.Equal(GuestBoot.VendorUki, found.Guest.Boot);
    }

    [Theory]
    [InlineData("disk: { integrity: none, volatile: overlay }\n")]
    [InlineData("disk: { integrity: none }\nsecureBoot: { key: a.yaml, certificate: a.yaml }\n")]
    public void What_a_kept_disk_cannot_have_is_refused(string more) =>
        Assert.Equal("IFR368", Assert.Single(folder.FaultsOf(Recipe("path: a.yaml") + more), f => f.Severity == Severity.Error).Code);

    [Theory]
    [InlineData("path: a.yaml, guest: { boot: vendor-uki, initrd: { drivers: [erofs] } }", "disk: { root: ext4 }\n")]
    [InlineData("uri: 'https://images.example/a.qcow2', backing: a.yaml, " + Digest, "")]
    public void What_has_no_effect_is_a_warning(string keys, string more) =>
        Assert.Equal("IFR338", Assert.Single(folder.LoadText(Recipe(keys) + more).Warnings).Code);

    [Theory]
    [InlineData("payload: [{ kind: archive, path: a.yaml }]", "payload")]
    [InlineData("agentPolicy: { preset: coco }", "agentPolicy.preset")]
    [InlineData("system: { fips: true }", "system.fips")]
    [InlineData("system: { kernelArguments: [quiet], cloudInit: restricted }", "system.cloudInit", "system.kernelArguments")]
    [InlineData("secureBoot: { key: a.yaml, certificate: a.yaml }", "secureBoot.certificate", "secureBoot.key")]
    [InlineData("disk: { format: raw, integrity: none, scratch: none }", "disk.integrity", "disk.scratch")]
    public void What_would_change_a_finished_image_is_refused_by_its_key(string more, params string[] keys)
    {
        Fault[] errors = [.. folder.FaultsOf(Recipe("path: a.yaml, asIs: true") + more + "\n").Where(f => f.Severity == Severity.Error)];

        Assert.All(errors, e => Assert.Equal("IFR369", e.Code));
        Assert.Equal(keys.Select(k => $"'{k}'"), errors.Select(e => e.Message.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_guest_of_a_finished_image_is_not_touched() =>
        Assert.Equal("IFR369", Assert.Single(folder.FaultsOf(Recipe("path: a.yaml, asIs: true, guest: { removePackages: [cloud-init] }")), f => f.Severity == Severity.Error).Code);

    [Theory]
    [InlineData("disk: { format: raw }\nmeasurements: { targets: [tpm] }\npublish: [{ kind: directory, path: out }]\n")]
    [InlineData("architecture: s390x\n")]
    public void A_finished_image_is_published_in_any_format_and_for_any_machine(string more)
    {
        LoadedRecipe loaded = folder.LoadText(Recipe("path: a.yaml, asIs: true") + more);

        Assert.True(loaded.Recipe.IsTakenAsIs);
        Assert.Empty(loaded.Warnings);
    }

    public void Dispose() => folder.Dispose();

    private static string Recipe(string keys) => $"name: disk\nbase: {{ kind: qcow2{(keys.Length == 0 ? "" : ", " + keys)} }}\n";
}
