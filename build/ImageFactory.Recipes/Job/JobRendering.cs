using System.Globalization;
using System.Text.RegularExpressions;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Recipes.Job;

/// <summary>A recipe said in the keys of the Job, as far as they can say it: the other way round than <see cref="JobLayer"/>.</summary>
/// <param name="Provider">The value of CLOUD_PROVIDER.</param>
/// <param name="DestinationKind">Kind of the destination that is meant: the first of the provider.</param>
public sealed partial record JobRendering(string Provider, string DestinationKind)
{
    /// <summary>For the provider's image ConfigMap, <c>PROVIDER-podvm-image-cm</c>.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Image { get; init; }

    /// <summary>For <c>peer-pods-cm</c>.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> PeerPods { get; init; }

    /// <summary>Names of what belongs into the Secret <c>peer-pods-secret</c>; never their values.</summary>
    public required IReadOnlyList<string> Secret { get; init; }

    /// <summary>Key of <c>peer-pods-cm</c> that holds the id of the image.</summary>
    public required string ImageKey { get; init; }

    /// <summary>What was written in the recipe and no key can say.</summary>
    public required IReadOnlyList<string> NotSaid { get; init; }

    private static readonly Dictionary<string, (Type Kind, string ImageKey, string[] Secret)> Providers = new(StringComparer.Ordinal)
    {
        ["aws"] = (typeof(AmiDestination), "PODVM_AMI_ID", []),
        ["azure"] = (typeof(AzureGalleryDestination), "AZURE_IMAGE_ID", ["AZURE_SUBSCRIPTION_ID"]),
        ["gcp"] = (typeof(GcpImageDestination), "PODVM_IMAGE_NAME", []),
        ["libvirt"] = (typeof(LibvirtDestination), "LIBVIRT_IMAGE_ID", ["LIBVIRT_URI", "HOST_KEY_CERTS"]),
    };

    /// <summary>Keys of a recipe that keys of the Job say, or that do not decide the image and its place.</summary>
    private static readonly string[] Said =
    [
        "name", "description", "extends", "architecture", "measurements", "bootCheck", "job", "base.kind", "base.image", "base.path", "base.asIs", "system.fips", "system.cloudInit", "system.nvidia", "agentPolicy",
    ];

    private static readonly Dictionary<string, string[]> SaidOfDestination = new(StringComparer.Ordinal)
    {
        ["aws"] = ["kind", "label", "owner", "region", "name", "volumeSize", "bucket", "method", "replace"],
        ["azure"] = ["kind", "label", "owner", "subscription", "resourceGroup", "region", "gallery", "definition", "version", "publisher", "offer", "sku", "securityType", "privateEndpointSubnet", "replace"],
        ["gcp"] = ["kind", "label", "owner", "project", "location", "bucket", "name", "replace"],
        ["libvirt"] = ["kind", "label", "owner", "uri", "pool", "volume", "directory"],
    };

    public static IEnumerable<string> ProviderNames => Providers.Keys;

    /// <param name="loaded">The recipe.</param>
    /// <param name="provider">One of <see cref="ProviderNames"/>.</param>
    /// <param name="policy">The agent policy in base64; null when the recipe does not set one.</param>
    /// <exception cref="FactoryException">IFJ101: the recipe has no destination of the provider. IFJ102: its name cannot be said in two keys.</exception>
    public static JobRendering Of(LoadedRecipe loaded, string provider, string? policy)
    {
        Recipe recipe = loaded.Recipe;
        (Type kind, string imageKey, string[] secret) = Providers[provider];
        int index = recipe.Publish.ToList().FindIndex(d => d.GetType() == kind);
        if (index < 0)
            throw new FactoryException(RenderFaults.NoDestination(loaded.Files[0], provider, recipe.Publish.Count));
        Destination destination = recipe.Publish[index];
        string place = loaded.Origins.Of(string.Create(CultureInfo.InvariantCulture, $"publish[{index}].name"));
        List<KeyValuePair<string, string>> image = ImageOf(recipe, destination, place);
        Add(image, "AGENT_POLICY", policy);
        Add(image, "BOOT_FIPS", recipe.System.Fips ? "yes" : null);
        Add(image, "CUSTOM_CLOUD_INIT_MODULES", recipe.System.CloudInit == CloudInit.Restricted ? "yes" : null);
        Add(image, "ENABLE_NVIDIA_GPU", recipe.System.Nvidia ? "yes" : null);
        Add(image, "UPDATE_PEERPODS_CM", "yes");
        return new JobRendering(provider, JobProvider.All.First(p => p.Name == provider).Kind)
        {
            Image = image,
            PeerPods = [new("CLOUD_PROVIDER", provider), .. PeerPodsOf(destination)],
            Secret = [.. JobKeys.All.Where(k => k.Use == JobKeyUse.Credential && k.Provider == provider).Select(k => k.Name), .. secret],
            ImageKey = imageKey,
            NotSaid = [.. NotSaidOf(loaded.Origins, index, provider, ReadyImage(recipe) is not null)],
        };
    }

    private static List<KeyValuePair<string, string>> ImageOf(Recipe recipe, Destination destination, string place)
    {
        List<KeyValuePair<string, string>> keys = [];
        Add(keys, "PODVM_IMAGE_URI", ReadyImage(recipe));
        switch (destination)
        {
            case AmiDestination ami:
                AddName("AMI_BASE_NAME", "AMI_VERSION", ami.Name, "0.0.1");
                Add(keys, "AMI_VOLUME_SIZE", ami.VolumeSize == 0 ? null : ami.VolumeSize.ToString(CultureInfo.InvariantCulture));
                Add(keys, "BUCKET_NAME", ami.Method == AmiMethod.Import ? ami.Bucket : null);
                break;
            case AzureGalleryDestination azure:
                Add(keys, "IMAGE_GALLERY_NAME", azure.Gallery);
                Add(keys, "IMAGE_DEFINITION_NAME", azure.Definition);
                Add(keys, "IMAGE_DEFINITION_PUBLISHER", azure.Publisher);
                Add(keys, "IMAGE_DEFINITION_OFFER", azure.Offer);
                Add(keys, "IMAGE_DEFINITION_SKU", azure.Sku);
                Add(keys, "IMAGE_VERSION", azure.Version);
                Add(keys, "CONFIDENTIAL_COMPUTE_ENABLED", azure.SecurityType switch { AzureSecurityType.Confidential => "yes", AzureSecurityType.Plain => "no", _ => null });
                break;
            case GcpImageDestination gcp:
                AddName("IMAGE_BASE_NAME", "IMAGE_VERSION", gcp.Name, "0-0-1");
                Add(keys, "GCP_BUCKET_NAME", gcp.Bucket);
                break;
            default:
                break;
        }

        return keys;

        void AddName(string nameKey, string versionKey, string? name, string version)
        {
            // Without a name of its own an image is named for the recipe; the Job's own default would be the same for all recipes.
            Match parts = BaseAndVersion().Match(name ?? $"{recipe.Name}-{version}");
            if (!parts.Success)
                throw new FactoryException(RenderFaults.Name(name!, nameKey, versionKey).At(place));
            Add(keys, nameKey, parts.Groups["base"].Value);
            Add(keys, versionKey, parts.Groups["version"].Value);
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> PeerPodsOf(Destination destination)
    {
        (string Key, string? Value)[] keys = destination switch
        {
            AmiDestination ami => [("AWS_REGION", ami.Region)],
            AzureGalleryDestination azure => [("AZURE_RESOURCE_GROUP", azure.ResourceGroup), ("AZURE_REGION", azure.Region), ("AZURE_SUBNET_ID", azure.PrivateEndpointSubnet)],
            GcpImageDestination gcp => [("GCP_PROJECT_ID", gcp.Project), ("GCP_REGION", gcp.Location)],
            LibvirtDestination libvirt => [("LIBVIRT_POOL", libvirt.Pool), ("LIBVIRT_VOL_NAME", libvirt.Volume), ("LIBVIRT_DIR_NAME", libvirt.Directory)],
            _ => [],
        };
        return keys.Where(k => k.Value is not null).Select(k => KeyValuePair.Create(k.Key, k.Value!));
    }

    /// <summary>The base as PODVM_IMAGE_URI has it; null when it is made of more than an image.</summary>
    private static string? ReadyImage(Recipe recipe) => recipe.Base switch
    {
        OciBase { AsIs: true } oci when oci.Image.StartsWith("oci::", StringComparison.Ordinal) => oci.Image,
        OciBase { AsIs: true } oci => oci.Path is { } path ? $"oci::{oci.Image}::{path}" : $"oci::{oci.Image}",
        BootcBase { Image: { } image } => $"bootc::{image}",
        _ => null,
    };

    /// <summary>What was written and no key of the Job says, each cut where a list begins: <c>payload</c>, <c>disk.scratch</c>, <c>publish[0].copyTo</c>, <c>publish[1]</c>.</summary>
    private static IEnumerable<string> NotSaidOf(RecipeOrigins origins, int index, string provider, bool isReady)
    {
        string own = string.Create(CultureInfo.InvariantCulture, $"publish[{index}]");
        IEnumerable<string> said = isReady ? Said : Said.Where(s => !s.StartsWith("base.", StringComparison.Ordinal));
        IEnumerable<string> groups = origins.Places.Keys.Where(p => origins.Places.Keys.Any(q => IsBelow(q, p)));
        return origins.Places.Keys
            .Except(groups)
            .Where(p => IsBelow(p, own) ? !SaidOfDestination[provider].Contains(p[(own.Length + 1)..].Split('.', '[')[0]) : p != own && !said.Any(s => p == s || IsBelow(p, s)))
            .Select(p => p.StartsWith("publish[", StringComparison.Ordinal) ? IsBelow(p, own) ? $"{own}.{p[(own.Length + 1)..].Split('.', '[')[0]}" : p[..(p.IndexOf(']', StringComparison.Ordinal) + 1)] : p.Split('[')[0])
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
    }

    private static bool IsBelow(string path, string group) => group.Length == 0 ? path.Length > 0 : path.Length > group.Length && path.StartsWith(group, StringComparison.Ordinal) && (path[group.Length] is '.' or '[');

    private static void Add(List<KeyValuePair<string, string>> keys, string name, string? value)
    {
        if (value is not null)
            keys.Add(new(name, value));
    }

    [GeneratedRegex("^(?<base>.+?)-(?<version>[0-9][0-9.-]*)$")]
    private static partial Regex BaseAndVersion();
}
