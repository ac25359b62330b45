using System.Text.Json;
using System.Text.RegularExpressions;
using Azure;
using ImageFactory.Model;

namespace ImageFactory.Publishing.Azure;

/// <summary>Asks Azure, without changing anything, whether a publish can succeed: identity, group, rights, what is there already.</summary>
internal sealed class AzureCheck(AzurePlace place, ArmResources resources)
{
    private static readonly string[] Actions =
    [
        "Microsoft.Compute/galleries/write",
        "Microsoft.Compute/galleries/images/write",
        "Microsoft.Compute/galleries/images/versions/read",
        "Microsoft.Compute/galleries/images/versions/write",
        "Microsoft.Compute/galleries/images/versions/delete",
        "Microsoft.Compute/disks/read",
        "Microsoft.Compute/disks/write",
        "Microsoft.Compute/disks/delete",
        "Microsoft.Compute/disks/beginGetAccess/action",
        "Microsoft.Compute/disks/endGetAccess/action",
    ];

    private static readonly string[] EndpointActions =
    [
        "Microsoft.Compute/diskAccesses/write",
        "Microsoft.Compute/diskAccesses/delete",
        "Microsoft.Network/privateEndpoints/write",
        "Microsoft.Network/privateEndpoints/delete",
    ];

    private string Where => place.Setting.Where;

    public async Task<IReadOnlyList<Fault>> RunAsync(CancellationToken cancellation)
    {
        try
        {
            if (!await GroupExistsAsync(cancellation).ConfigureAwait(false))
                return [AzureFaults.GroupAbsent(Where, place.ResourceGroup!)];
            List<Fault> faults = [];
            bool hasGallery = await resources.GetAsync(place.Gallery, cancellation).ConfigureAwait(false) is not null;
            ArmResource? definition = hasGallery ? await resources.GetAsync(place.Definition, cancellation).ConfigureAwait(false) : null;
            ArmResource? version = definition is null ? null : await resources.GetAsync(place.Version, cancellation).ConfigureAwait(false);
            if (definition is not null)
                faults.AddRange(new GalleryParents(place, resources).FaultsOf(definition));
            if (version is not null && new GalleryVersion(place, resources, AzureTiming.Default).Taken(version, image: null) is { } taken)
                faults.Add(taken);
            if (version is null)
                faults.AddRange(await new AzureQuotas(place, resources).FaultsAsync(!hasGallery, definition is null, cancellation).ConfigureAwait(false));

            if (await MissingActionsAsync(hasGallery, cancellation).ConfigureAwait(false) is { Count: > 0 } missing)
                faults.Add(AzureFaults.ActionsMissing(Where, place.ResourceGroup!, missing));
            return faults;
        }
        catch (FactoryException e)
        {
            return e.Faults;
        }
    }

    private async Task<bool> GroupExistsAsync(CancellationToken cancellation) =>
        await resources.CallAsync("read the resource group", async () =>
        {
            try
            {
                await resources.Client.GetResourceGroupResource(place.Group).GetAsync(cancellation).ConfigureAwait(false);
                return true;
            }
            catch (RequestFailedException e) when (e.Status == 404)
            {
                return false;
            }
        }).ConfigureAwait(false);

    /// <summary>Rights come as sets of patterns; an action is allowed when one set names it and does not except it.</summary>
    private async Task<IReadOnlyList<string>> MissingActionsAsync(bool hasGallery, CancellationToken cancellation)
    {
        List<(string[] Allowed, string[] Except)> sets = await resources.CallAsync("read its rights on the resource group", () => PermissionsAsync(cancellation)).ConfigureAwait(false);
        IEnumerable<string> needed = hasGallery ? Actions.Where(a => a != "Microsoft.Compute/galleries/write") : Actions;
        if (place.Destination.PrivateEndpointSubnet is not null)
            needed = needed.Concat(EndpointActions);
        return [.. needed.Where(action => !sets.Any(s => s.Allowed.Any(p => Matches(p, action)) && !s.Except.Any(p => Matches(p, action))))];
    }

    private async Task<List<(string[] Allowed, string[] Except)>> PermissionsAsync(CancellationToken cancellation)
    {
        List<(string[] Allowed, string[] Except)> sets = [];
        await foreach (JsonElement set in resources.ListAsync($"{place.Group}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01", cancellation).ConfigureAwait(false))
            sets.Add((Strings(set, "actions"), Strings(set, "notActions")));
        return sets;
    }

    private static string[] Strings(JsonElement set, string name) =>
        set.TryGetProperty(name, out JsonElement list) ? [.. list.EnumerateArray().Select(e => e.GetString()!)] : [];

    private static bool Matches(string pattern, string action) =>
        Regex.IsMatch(action, $"\\A{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}\\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
