using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Build.Composition;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Recipes;
using ImageFactory.Recipes.Job;

namespace ImageFactory.Build.Tests.Job;

/// <summary>What is rendered is read back as the Job reads it.</summary>
public sealed class JobRenderTests : IDisposable
{
    private const string Ready = "name: podvm\nbase: { kind: oci, image: 'registry.example.com/org/podvm:1.0', path: /disk.qcow2, asIs: true }\n";

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string> Destinations => new()
    {
        { "aws", "{ kind: ami, region: eu-central-1, name: podvm-coco-1.2.3, volumeSize: 40, bucket: podvm-staging, method: import }" },
        { "azure", "{ kind: azure-gallery, subscription: 0d52c1d5-0000-4000-8000-000000000000, resourceGroup: pods, region: westeurope, gallery: PodVM, definition: coco, version: 1.2.3, publisher: me, offer: mine, sku: s, securityType: confidential, privateEndpointSubnet: /subscriptions/x/subnets/y }" },
        { "gcp", "{ kind: gcp-image, project: pods-1234, location: europe-west4, name: podvm-coco-1-2-3, bucket: staging }" },
        { "libvirt", "{ kind: libvirt, uri: 'qemu+ssh://root@kvm.example/system', pool: podvm, volume: podvm.qcow2, directory: /var/lib/podvm }" },
    };

    [Theory]
    [MemberData(nameof(Destinations))]
    public async Task The_Job_makes_of_the_keys_the_recipe_that_they_came_from(string provider, string destination)
    {
        LoadedRecipe recipe = Load($"{Ready}publish: [{destination}]\n");

        IReadOnlyList<JsonObject> objects = Manifests.Parse(await RenderAsync(recipe, provider));

        Assert.All(objects, o => Assert.True(Manifests.IsValid(o), o.ToJsonString()));
        Assert.Equal([$"ConfigMap {provider}-podvm-image-cm", "ConfigMap peer-pods-cm", "Secret peer-pods-secret", "Pod podvm-check"], objects.Select(o => $"{o["kind"]} {o["metadata"]!["name"]}"));
        Assert.All(objects[2]["stringData"]!.AsObject(), k => Assert.Equal("", (string?)k.Value));
        Dictionary<string, string> variables = objects.Take(2).SelectMany(o => o["data"]!.AsObject()).ToDictionary(k => k.Key, k => (string)k.Value!);

        // What belongs into the Secret is filled in by the administrator.
        if (provider == "azure")
            variables["AZURE_SUBSCRIPTION_ID"] = ((AzureGalleryDestination)recipe.Recipe.Publish[0]).Subscription!;
        if (provider == "libvirt")
            variables["LIBVIRT_URI"] = ((LibvirtDestination)recipe.Recipe.Publish[0]).Uri!;
        Assert.All(variables.Keys.Where(k => k is "AZURE_SUBSCRIPTION_ID" or "LIBVIRT_URI"), k => Assert.Contains(k, objects[2]["stringData"]!.AsObject().Select(s => s.Key)));
        LoadedRecipe again = RecipeLoader.Load(
            folder.File("empty.yaml", "name: podvm\n"), new Dictionary<string, string>(), [], folder.Path, new JobCall(variables, (_, _) => throw new InvalidOperationException("no files are needed")));
        Assert.Equal(WithoutReplace(recipe.Recipe.Publish[0]), WithoutReplace(again.Recipe.Publish[0]));
        Assert.Equal(("oci::registry.example.com/org/podvm:1.0::/disk.qcow2", true), ((Model.Recipes.OciBase)again.Recipe.Base) is var b ? (b.Image, b.AsIs) : default);
    }

    [Fact]
    public async Task What_no_key_says_is_named()
    {
        LoadedRecipe recipe = Load("name: podvm\nbase: { kind: debian, packages: [jq] }\nsystem: { fips: false, units: { mask: [a.service] } }\npublish: [{ kind: directory, path: out }, { kind: ami, region: eu-central-1, copyTo: [us-east-1] }]\n");

        string text = await RenderAsync(recipe, "aws");

        Assert.Contains("# No key of the Job says: base.kind, base.packages, publish[0], publish[1].copyTo, system.units.mask. Give", text, StringComparison.Ordinal);
        Assert.Contains("  AMI_BASE_NAME: \"podvm\"\n  AMI_VERSION: \"0.0.1\"\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pod_selects_the_published_image_with_initdata_or_else_a_policy_that_may_be_replaced()
    {
        folder.File("initdata.toml", "version = \"0.1.0\"\nalgorithm = \"sha256\"\n\n[data]\n\"aa.toml\" = '''\na\n'''\n");
        folder.File("out/podvm/manifest.json", CanonicalManifest("ami", "ami-0123456789abcdef0"));
        const string Publish = "base: { kind: debian }\npublish: [{ kind: ami, region: eu-central-1 }]\n";

        JsonNode initdata = PodOf(await RenderAsync(Load($"name: podvm\nagentPolicy: {{ preset: allow-all }}\nmeasurements: {{ initdata: [initdata.toml] }}\n{Publish}"), "aws"));
        JsonNode policy = PodOf(await RenderAsync(Load($"name: podvm\nagentPolicy: {{ preset: allow-all }}\n{Publish}"), "aws"));
        JsonNode none = PodOf(await RenderAsync(Load($"name: podvm\n{Publish}"), "aws"));

        Assert.Equal("ami-0123456789abcdef0", (string?)none["io.katacontainers.config.hypervisor.image"]);
        Assert.Equal(["io.katacontainers.config.hypervisor.image", "io.katacontainers.config.hypervisor.cc_init_data"], initdata.AsObject().Select(a => a.Key));
        Assert.Equal(["io.katacontainers.config.hypervisor.image", "io.katacontainers.config.agent.policy"], policy.AsObject().Select(a => a.Key));
        Assert.Contains("package agent_policy", Encoding.UTF8.GetString(Convert.FromBase64String((string)policy["io.katacontainers.config.agent.policy"]!)), StringComparison.Ordinal);
        Assert.Single(none.AsObject());
    }

    [Theory]
    [InlineData("publish: [{ kind: directory, path: out }]", "IFJ101")]
    [InlineData("publish: [{ kind: ami, region: eu-central-1, name: podvm }]", "IFJ102")]
    public async Task What_the_keys_cannot_be_is_a_fault(string more, string code)
    {
        LoadedRecipe recipe = Load($"{Ready}{more}\n");

        FactoryException fault = await Assert.ThrowsAsync<FactoryException>(() => RenderAsync(recipe, "aws"));

        Assert.Equal([code], fault.Faults.Select(f => f.Code));
        Assert.All(fault.Faults, f => Assert.NotNull(f.Where));
    }

    public void Dispose() => folder.Dispose();

    private LoadedRecipe Load(string text) => RecipeLoader.Load(folder.File("recipe.yaml", text), new Dictionary<string, string>(), [], folder.Path);

    private async Task<string> RenderAsync(LoadedRecipe recipe, string provider)
    {
        FactoryOptions options = new() { Root = folder.Path, Recipe = "recipe.yaml", WorkingFolder = folder.Path, Output = Path.Combine(folder.Path, "out"), Store = Path.Combine(folder.Path, "store") };
        return (await new RenderAnswers(options).RenderAsync(recipe, provider, TestContext.Current.CancellationToken)).Text;
    }

    private static JsonNode PodOf(string text) => Manifests.Parse(text).Single(o => (string?)o["kind"] == "Pod")["metadata"]!["annotations"]!;

    /// <summary>The Job overwrites a version that it made itself; a recipe need not say so.</summary>
    private static Destination WithoutReplace(Destination destination) => destination switch
    {
        AmiDestination ami => ami with { Replace = false, CopyTo = [], Accounts = [], Tags = NoTags },
        AzureGalleryDestination azure => azure with { Replace = false, Regions = [], SignatureDatabase = [], Tags = NoTags },
        GcpImageDestination gcp => gcp with { Replace = false, Confidential = [], SignatureDatabase = [], KeyExchangeKeys = [], Tags = NoTags },
        _ => destination with { Tags = NoTags },
    };

    private static readonly Dictionary<string, string> NoTags = [];

    /// <summary>As a build leaves it, with what is looked at.</summary>
    private static string CanonicalManifest(string kind, string id) => Model.Manifests.CanonicalJson.Write(new Model.Manifests.Manifest
    {
        Content = new Model.Manifests.ManifestContent
        {
            Recipe = "podvm",
            RecipeDigest = Sha256.Of([]),
            Architecture = ImageFactory.Model.Architecture.X64,
            SourceDateEpoch = 0,
            Debug = false,
            Artifacts = [],
            Disk = new Model.Manifests.DiskFacts("qcow2", 0, Guid.Empty, []),
            Inputs = [],
            Tools = new Dictionary<string, string>(),
            Stages = new Dictionary<string, Sha256>(),
        },
        Run = new Model.Manifests.ManifestRun
        {
            Started = DateTimeOffset.UnixEpoch,
            Seconds = 0,
            FactoryVersion = "1",
            Stages = [],
            Warnings = [],
            BootCheck = new Model.Manifests.BootCheckFacts("not-run"),
            Publications = [new Model.Manifests.Publication("here", kind, id, false, 0)],
        },
    });
}
