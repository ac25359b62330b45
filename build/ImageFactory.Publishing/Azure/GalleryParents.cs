using System.Text.Json.Nodes;
using ImageFactory.Model;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Azure;

/// <summary>The gallery and the image definition that a version lies in. They are made when absent, and never changed when there.</summary>
internal sealed class GalleryParents(AzurePlace place, ArmResources resources)
{
    public async Task EnsureAsync(PublicationJournal journal, CancellationToken cancellation)
    {
        if (await resources.GetAsync(place.Gallery, cancellation).ConfigureAwait(false) is not { ProvisioningState: "Succeeded" or null })
        {
            journal.Intend(AzureWords.Gallery, place.Gallery.ToString());
            await resources.PutAsync(place.Gallery, place.SharedTags, new JsonObject { ["description"] = "Images of pod VMs" }, sku: null, cancellation).ConfigureAwait(false);
            journal.Created(AzureWords.Gallery, place.Gallery.ToString(), place.Gallery.ToString());
        }

        if (await resources.GetAsync(place.Definition, cancellation).ConfigureAwait(false) is { ProvisioningState: "Succeeded" or null } definition)
        {
            FactoryException.ThrowIfAny(FaultsOf(definition));
            return;
        }

        journal.Intend(AzureWords.Definition, place.Definition.ToString());
        await resources.PutAsync(place.Definition, place.SharedTags, Body(), sku: null, cancellation).ConfigureAwait(false);
        journal.Created(AzureWords.Definition, place.Definition.ToString(), place.Definition.ToString());
    }

    /// <summary>In what an existing definition differs from what the image needs.</summary>
    public IReadOnlyList<Fault> FaultsOf(ArmResource definition)
    {
        string where = place.Setting.Where;
        string name = place.Destination.Definition;
        List<Fault> faults = [];
        // Without the feature a definition is for plain machines.
        string has = (definition.Properties["features"] as JsonArray ?? [])
            .FirstOrDefault(f => string.Equals((string?)f!["name"], "SecurityType", StringComparison.OrdinalIgnoreCase)) is { } feature ? (string)feature["value"]! : "None";
        if (!string.Equals(has, place.SecurityTypeFeature, StringComparison.OrdinalIgnoreCase))
            faults.Add(AzureFaults.OtherSecurityType(where, name, has, place.SecurityTypeFeature));
        // What a service leaves out stands at its default: generation V1, architecture x64.
        Compare("the operating system", definition.Text("osType") ?? "Linux", "Linux");
        Compare("the state", definition.Text("osState") ?? "Generalized", "Generalized");
        Compare("the generation", definition.Text("hyperVGeneration") ?? "V1", "V2");
        Compare("the architecture", definition.Text("architecture") ?? "x64", "x64");
        return faults;

        void Compare(string property, string found, string wanted)
        {
            if (!string.Equals(found, wanted, StringComparison.OrdinalIgnoreCase))
                faults.Add(AzureFaults.OtherDefinition(where, name, property, found, wanted));
        }
    }

    private JsonObject Body()
    {
        JsonArray features = place.SecurityTypeFeature == "None" ? [] : [new JsonObject { ["name"] = "SecurityType", ["value"] = place.SecurityTypeFeature }];
        return new JsonObject
        {
            ["osType"] = "Linux",
            ["osState"] = "Generalized",
            ["hyperVGeneration"] = "V2",
            ["architecture"] = "x64",
            ["identifier"] = new JsonObject
            {
                ["publisher"] = place.Destination.Publisher,
                ["offer"] = place.Destination.Offer,
                ["sku"] = place.Destination.Sku ?? place.Destination.Definition,
            },
            ["features"] = features,
        };
    }
}
