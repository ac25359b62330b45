using System.Reflection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.Assembly;
using ImageFactory.Assembly.Bases;
using ImageFactory.Assembly.Containers;
using ImageFactory.Build.Composition;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Recipes;
using ImageFactory.Registry;

namespace ImageFactory.Build.Tests.Composition;

/// <summary>Every option on every base: either it decides something of what is made, or the recipe is refused with the reason. Nothing is left out in silence.</summary>
public sealed class BaseOptionMatrixTests : IDisposable
{
    private const string Kept = "disk: { integrity: none }";

    private static readonly Dictionary<string, string> Bases = new()
    {
        ["debian"] = "base: { kind: debian, packages: [systemd] }",
        ["debian, s390x"] = "base: { kind: debian, packages: [systemd], kernel: linux-image-s390x }\narchitecture: s390x\nsystem: { kernelArguments: [] }",
        ["qcow2"] = "base: { kind: qcow2, path: disk.img }",
        ["qcow2, network"] = "base: { kind: qcow2, path: disk.img, guest: { network: true } }",
        ["qcow2, kept"] = "base: { kind: qcow2, path: disk.img }\n" + Kept,
        ["qcow2, vendor's UKI"] = "base: { kind: qcow2, path: disk.img, guest: { boot: vendor-uki } }\ndisk: { root: ext4 }",
        ["oci"] = "base: { kind: oci, image: registry.example/podvm:1 }",
        ["bootc"] = "base: { kind: bootc, image: registry.example/podvm:1 }",
        ["bootc, classic layout"] = "base: { kind: bootc, image: registry.example/podvm:1, way: bootc-image-builder }\n" + Kept,
        ["oci, kept"] = "base: { kind: oci, image: registry.example/podvm:1 }\n" + Kept,
    };

    private static readonly Dictionary<string, string[]> Options = new()
    {
        ["agentPolicy"] = ["agentPolicy.preset=deny-all-but-set-policy"],
        ["payload"] = ["payload=[{ kind: directory, path: tree }]"],
        ["kernelArguments"] = ["system.kernelArguments=[panic=1]"],
        ["units"] = ["system.units.mask=[some.service]"],
        ["files"] = ["system.files=[{ path: /etc/motd, content: hello }]"],
        ["ssh"] = ["system.ssh=debug", "system.authorizedKeys=keys"],
        ["cloudInit"] = ["system.cloudInit=restricted"],
        ["fips"] = ["system.fips=true"],
        ["nvidia"] = ["system.nvidia=true"],
        ["scratch"] = ["disk.scratch=luks2"],
        ["no scratch"] = ["disk.scratch=none"],
        ["volatile"] = ["disk.volatile=state"],
        ["secureBoot"] = ["secureBoot={ key: key.pem, certificate: certificate.pem }"],
    };

    /// <summary>Why a pair cannot be had: the code that says so.</summary>
    private static readonly Dictionary<(string Base, string Option), string> Refused = new()
    {
        [("debian, s390x", "fips")] = "IFA336",
        [("debian, s390x", "secureBoot")] = "IFR340",
        [("qcow2, vendor's UKI", "fips")] = "IFA336",
        [("qcow2, kept", "fips")] = "IFA336",
        [("oci, kept", "fips")] = "IFA336",
        [("qcow2, kept", "volatile")] = "IFR368",
        [("oci, kept", "volatile")] = "IFR368",
        [("bootc, classic layout", "fips")] = "IFA336",
        [("bootc, classic layout", "volatile")] = "IFR368",
        [("bootc, classic layout", "secureBoot")] = "IFR382",
        [("qcow2, kept", "secureBoot")] = "IFR368",
        [("oci, kept", "secureBoot")] = "IFR368",
    };

    /// <summary>Made once: drawing an RSA key takes longer than all the rest.</summary>
    private static readonly (string Key, string Certificate) SecureBoot = MakePair();

    private readonly TemporaryFolder folder = new();

    public BaseOptionMatrixTests()
    {
        folder.File("disk.img", "a disk");
        folder.File("keys", "ssh-ed25519 AAAA\n");
        Directory.CreateDirectory(Path.Combine(folder.Path, "tree", "opt"));
        folder.File("key.pem", SecureBoot.Key);
        folder.File("certificate.pem", SecureBoot.Certificate);
    }

    public static TheoryData<string, string> Pairs =>
        [.. from source in Bases.Keys from option in Options.Keys select new TheoryDataRow<string, string>(source, option)];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_option_takes_effect_or_is_refused(string source, string option)
    {
        string recipe = folder.File("recipe.yaml", $"name: podvm\n{Bases[source]}\n");

        if (Refused.TryGetValue((source, option), out string? code))
        {
            FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => KeysAsync(recipe, Options[option]));
            Fault fault = Assert.Single(refused.Faults, f => f.Severity == Severity.Error);
            Assert.Equal(code, fault.Code);
            Assert.NotNull(fault.Where);
            Assert.NotNull(fault.Hint);
            return;
        }

        Assert.NotEqual(await KeysAsync(recipe, []), await KeysAsync(recipe, Options[option]));
    }

    [Fact]
    public void Every_kind_of_base_is_in_the_matrix()
    {
        IEnumerable<string> kinds = typeof(BaseSource).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(BaseSource))).Select(t => t.GetCustomAttribute<KindAttribute>()!.Name);

        Assert.Equal(kinds.Order(StringComparer.Ordinal), Bases.Keys.Select(b => b.Split(',')[0]).Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>All that decides the outputs of the stages.</summary>
    private async Task<string> KeysAsync(string recipe, IReadOnlyList<string> sets)
    {
        LoadedRecipe loaded = RecipeLoader.Load(recipe, new Dictionary<string, string>(), sets, folder.Path);
        BaseSurroundings surroundings = new()
        {
            Origins = loaded.Origins,
            AsRoot = true,
            HostMirror = ("http://deb.example/debian", "http://deb.example/security"),
            HostPrograms = new Dictionary<string, string>(),
            LockPath = "recipe.lock.json",
            Registry = new RegistryAccess(new RegistrySettings(), TimeProvider.System),
        };
        ImageBuild build = await ImageBuild.ComposeAsync(
            loaded.Recipe, await BuildSession.LoadPolicyAsync(loaded, TestContext.Current.CancellationToken), null, surroundings, Path.Combine(Approved.Root, "bootc", "overlays"), TestContext.Current.CancellationToken);
        return string.Join('\n', build.Stages.Select(KeyOf));
    }

    private static (string Key, string Certificate) MakePair()
    {
        using RSA key = RSA.Create(2048);
        using X509Certificate2 certificate = new CertificateRequest("CN=db", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return (key.ExportPkcs8PrivateKeyPem(), certificate.ExportCertificatePem());
    }

    private static string KeyOf(IStage stage)
    {
        using StageKey key = new();
        stage.Describe(key);
        return $"{stage.Name}: {string.Join(", ", key.Fields)}";
    }
}
