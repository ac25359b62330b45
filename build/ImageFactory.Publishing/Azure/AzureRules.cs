using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using Azure.Core;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Azure;

/// <summary>What can be said of a destination without asking Azure: names, limits, certificates.</summary>
internal static partial class AzureRules
{
    private const int MostReplicas = 100;

    /// <summary>Azure takes 50 tags; four are ours.</summary>
    private const int MostTags = 46;

    private static readonly SearchValues<char> NotInTags = SearchValues.Create("<>%&\\?/");

    public static IReadOnlyList<Fault> Check(AzurePlace place, ImageDescription image)
    {
        string where = place.Setting.Where;
        AzureGalleryDestination wanted = place.Destination;
        List<Fault> faults = [];

        Need(place.Subscription, "subscription", "AZURE_SUBSCRIPTION_ID", v => Guid.TryParse(v, out _), "a subscription id is a GUID");
        Need(place.ResourceGroup, "resourceGroup", "AZURE_RESOURCE_GROUP", ResourceGroupName().IsMatch, "at most 90 letters, digits, ( ) - _ . that do not end with a dot");
        Need(place.Region, "region", "AZURE_REGION", RegionName().IsMatch, "a region's name has letters and digits only, such as westeurope");
        Rule("gallery", wanted.Gallery, GalleryName().IsMatch(wanted.Gallery), "letters and digits, with dots and underscores in the middle, at most 80");
        Rule("definition", wanted.Definition, DefinitionName().IsMatch(wanted.Definition), "letters and digits, with dots, dashes and underscores in the middle, at most 80");
        Rule("version", wanted.Version, IsVersion(wanted.Version), "Major.Minor.Patch with numbers up to 2147483647");
        Rule("replicas", Text(wanted.Replicas), wanted.Replicas is >= 1 and <= MostReplicas, "1 to 100 copies");
        foreach ((string key, string value) in (IEnumerable<(string, string)>)[("publisher", wanted.Publisher), ("offer", wanted.Offer), ("sku", wanted.Sku ?? wanted.Definition)])
            Rule(key, value, IdentifierPart().IsMatch(value), "letters, digits, and in the middle dots, dashes and underscores");
        foreach (AzureTargetRegion region in wanted.Regions)
        {
            Rule("regions", region.Name, RegionName().IsMatch(AzurePlace.NameOf(region)), "a region's name has letters and digits only, such as northeurope");
            Rule("regions", $"{region.Name}: {region.Replicas}", region.Replicas is null or (>= 1 and <= MostReplicas), "1 to 100 copies");
        }

        foreach (IGrouping<string, AzureTargetRegion> twice in wanted.Regions.GroupBy(AzurePlace.NameOf).Where(g => g.Count() > 1))
            Rule("regions", twice.Key, false, "a region is named once");
        if (wanted.PrivateEndpointSubnet is { } subnet)
            Rule("privateEndpointSubnet", subnet, ResourceIdentifier.TryParse(subnet, out ResourceIdentifier? id) && id!.ResourceType == "Microsoft.Network/virtualNetworks/subnets", "the id of a subnet is needed: /subscriptions/…/virtualNetworks/…/subnets/…");
        if (wanted.Tags.Count > MostTags)
            faults.Add(PublishFaults.TagNotAllowed(where, wanted.Tags.Keys.Last(), $"Azure takes {MostTags} tags beside the factory's"));
        foreach ((string key, string value) in wanted.Tags)
        {
            if (key.Length is 0 or > 512 || key.AsSpan().ContainsAny(NotInTags) || key.StartsWith("microsoft", StringComparison.OrdinalIgnoreCase))
                faults.Add(PublishFaults.TagNotAllowed(where, key, "Azure takes names of at most 512 characters without < > % & \\ ? / that do not begin with 'microsoft'"));
            else if (value.Length > 256)
                faults.Add(PublishFaults.TagNotAllowed(where, key, "Azure takes values of at most 256 characters"));
        }

        if (image.Architecture != Architecture.X64)
            faults.Add(AzureFaults.NoSuchArchitecture(where, image.Architecture));
        foreach (SourcePath file in wanted.SignatureDatabase)
        {
            if (CertificateFile.TryRead(file, out string reason) is null)
                faults.Add(AzureFaults.BadCertificate(where, file.Text, reason));
        }

        return faults;

        void Rule(string key, string value, bool holds, string expected)
        {
            if (!holds)
                faults.Add(AzureFaults.BadValue(where, key, value, expected));
        }

        void Need(string? value, string key, string variable, Func<string, bool> isGood, string expected)
        {
            if (value is null)
                faults.Add(AzureFaults.NotSet(where, key, variable));
            else
                Rule(key, value, isGood(value), expected);
        }
    }

    private static bool IsVersion(string text) =>
        text.Split('.') is { Length: 3 } parts && parts.All(p => p.Length > 0 && p.All(char.IsAsciiDigit) && int.TryParse(p, CultureInfo.InvariantCulture, out _));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A[-\w\.\(\)]{0,89}[-\w\(\)]\z")]
    private static partial Regex ResourceGroupName();

    [GeneratedRegex(@"\A[a-z0-9]{1,60}\z")]
    private static partial Regex RegionName();

    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9._]{0,78}[A-Za-z0-9])?\z")]
    private static partial Regex GalleryName();

    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,78}[A-Za-z0-9])?\z")]
    private static partial Regex DefinitionName();

    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,126}[A-Za-z0-9])?\z")]
    private static partial Regex IdentifierPart();
}
