using System.Globalization;
using System.Text.Json;
using Azure;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Publishing.Azure;

/// <summary>
/// Whether the subscription has room for what a publish makes, from the list of its usages in the home region
/// (Microsoft.Compute/locations/usages). Who may not read that list learns of a quota only when it is reached.
/// </summary>
internal sealed class AzureQuotas(AzurePlace place, ArmResources resources)
{
    public async Task<IReadOnlyList<Fault>> FaultsAsync(bool makesGallery, bool makesDefinition, CancellationToken cancellation)
    {
        Dictionary<string, string> needed = new(StringComparer.OrdinalIgnoreCase)
        {
            ["GalleryImageVersion"] = "make another image version",
            ["StandardDiskCount"] = "make the disk that takes the upload",
        };
        if (makesGallery)
            needed["Gallery"] = "make another gallery";
        if (makesDefinition)
            needed["GalleryImage"] = "make another image definition";
        try
        {
            return await resources.CallAsync("read the usages of the subscription", () => ReadAsync(needed, cancellation)).ConfigureAwait(false);
        }
        catch (FactoryException e) when (e.InnerException is RequestFailedException { Status: 403 or 404 })
        {
            place.Setting.Surroundings.Reporter.Report(new Said($"Azure {place.Region}: quotas were not compared, since the identity may not read them"));
            return [];
        }
    }

    private async Task<IReadOnlyList<Fault>> ReadAsync(Dictionary<string, string> needed, CancellationToken cancellation)
    {
        List<Fault> faults = [];
        string path = $"/subscriptions/{place.Subscription}/providers/Microsoft.Compute/locations/{place.Region}/usages?api-version=2024-07-01";
        await foreach (JsonElement usage in resources.ListAsync(path, cancellation).ConfigureAwait(false))
        {
            if (!usage.GetProperty("name").TryGetProperty("value", out JsonElement name) || !needed.TryGetValue(name.GetString() ?? "", out string? what))
                continue;
            long used = usage.GetProperty("currentValue").GetInt64();
            long limit = usage.GetProperty("limit").GetInt64();
            if (used >= limit)
                faults.Add(AzureFaults.Quota(place.Setting.Where, what, string.Create(CultureInfo.InvariantCulture, $"{name.GetString()}: {used} of {limit} are in use in {place.Region}")));
        }

        return faults;
    }
}
