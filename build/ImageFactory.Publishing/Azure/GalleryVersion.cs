using System.Text.Json.Nodes;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using ImageFactory.Model;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Azure;

/// <summary>The version of an image in a gallery. It is good when it is provisioned and copied to every region; both are looked at.</summary>
internal sealed class GalleryVersion(AzurePlace place, ArmResources resources, AzureTiming timing)
{
    private string Where => place.Setting.Where;

    private string Version => place.Destination.Version;

    /// <summary>
    /// True when this image's version is there and complete; waits for one that is being made. A version of ours that failed is removed,
    /// any other is a fault.
    /// </summary>
    public async Task<bool> FindAsync(Sha256 image, PublicationJournal journal, CancellationToken cancellation)
    {
        if (await resources.GetAsync(place.Version, cancellation).ConfigureAwait(false) is not { } found)
            return false;
        if (Taken(found, image) is { } taken)
            throw new FactoryException(taken);

        string state = await SettledStateAsync(cancellation).ConfigureAwait(false);
        if (state == "Succeeded")
        {
            await UntilReplicatedAsync(cancellation).ConfigureAwait(false);
            return true;
        }

        journal.Intend(AzureWords.Version, place.Version.ToString());
        await resources.DeleteAsync(place.Version, cancellation).ConfigureAwait(false);
        journal.Removed(AzureWords.Version, place.Version.ToString());
        return false;
    }

    /// <summary>Why a version that is there stands in the way; null when it is this image's. Without an image only the owner is looked at.</summary>
    public Fault? Taken(ArmResource found, Sha256? image)
    {
        if (!found.IsOwnedBy(place.Setting.Owner))
            return AzureFaults.VersionTaken(Where, Version, found.Tags.TryGetValue(ImageTags.Owner, out string? other) ? $"belongs to '{other}'" : "was not made by the factory");
        return image is null || ImageTags.ImageOf(found.Tags.GetValueOrDefault(ImageTags.Image)) == image
            ? null
            : AzureFaults.VersionTaken(Where, Version, $"holds another image ({found.Tags.GetValueOrDefault(ImageTags.Image)})");
    }

    public async Task MakeAsync(PublishableImage image, ResourceIdentifier disk, PublicationJournal journal, CancellationToken cancellation)
    {
        journal.Intend(AzureWords.Version, place.Version.ToString());
        await resources.PutAsync(place.Version, ImageTags.Of(place.Setting, image), Body(image.Description, disk), sku: null, cancellation).ConfigureAwait(false);
        await UntilReplicatedAsync(cancellation).ConfigureAwait(false);
        journal.Created(AzureWords.Version, place.Version.ToString(), place.Version.ToString());
    }

    private JsonObject Body(ImageDescription image, ResourceIdentifier disk)
    {
        JsonObject body = new()
        {
            ["storageProfile"] = new JsonObject
            {
                ["osDiskImage"] = new JsonObject { ["hostCaching"] = "ReadOnly", ["source"] = new JsonObject { ["id"] = disk.ToString() } },
            },
            ["publishingProfile"] = new JsonObject
            {
                ["targetRegions"] = place.TargetRegions(),
                ["excludeFromLatest"] = place.Destination.ExcludeFromLatest,
                ["replicationMode"] = "Full",
            },
        };
        if (Signatures(image) is { Count: > 0 } signatures && place.SecurityTypeFeature != "None")
        {
            // With a template of Microsoft's our keys are added to theirs; NoSignatureTemplate would replace them and need a PK and KEKs.
            body["securityProfile"] = new JsonObject
            {
                ["uefiSettings"] = new JsonObject
                {
                    ["signatureTemplateNames"] = new JsonArray("MicrosoftUefiCertificateAuthorityTemplate"),
                    ["additionalSignatures"] = new JsonObject
                    {
                        ["db"] = new JsonArray(new JsonObject { ["type"] = "x509", ["value"] = signatures }),
                    },
                },
            };
        }

        return body;
    }

    private JsonArray Signatures(ImageDescription image)
    {
        IEnumerable<byte[]> all = place.Destination.SignatureDatabase.Select(file => CertificateFile.TryRead(file, out _)!);
        if (image.SecureBootCertificate is { } own)
            all = all.Prepend(own);
        return [.. all.Select(Convert.ToBase64String).Distinct().Select(v => JsonValue.Create(v))];
    }

    private async Task<string> SettledStateAsync(CancellationToken cancellation) =>
        await resources.Polling(timing.Replication).UntilAsync(
            async token =>
            {
                string? state = (await resources.GetAsync(place.Version, token).ConfigureAwait(false))?.ProvisioningState;
                return state is "Creating" or "Updating" or "Deleting" or "Migrating" ? null : state ?? "gone";
            },
            spent => PublishFaults.TimedOut(Where, $"the image version {Version}", spent),
            cancellation).ConfigureAwait(false);

    private async Task UntilReplicatedAsync(CancellationToken cancellation)
    {
        GalleryImageVersionResource version = resources.Client.GetGalleryImageVersionResource(place.Version);
        await resources.Polling(timing.Replication).UntilAsync(
            async token =>
            {
                GalleryImageVersionData data = await resources.CallAsync($"read {ArmResources.Describe(place.Version)}", async () =>
                    (await version.GetAsync(ReplicationStatusType.ReplicationStatus, token).ConfigureAwait(false)).Value.Data).ConfigureAwait(false);
                if (data.ProvisioningState?.ToString() is "Failed" or "Deleting")
                    throw new FactoryException(AzureFaults.VersionFailed(Where, Version, data.ProvisioningState.Value.ToString()));
                RegionalReplicationStatus[] regions = [.. data.ReplicationStatus?.Summary ?? []];
                RegionalReplicationStatus[] failed = [.. regions.Where(r => r.State?.ToString() == "Failed")];
                if (failed.Length > 0)
                    throw new FactoryException(AzureFaults.ReplicationFailed(Where, Version, string.Join('\n', failed.Select(r => $"{r.Region}: {r.Details}"))));
                return data.ProvisioningState?.ToString() == "Succeeded" && regions.Length > 0 && regions.All(r => r.State?.ToString() == "Completed") ? data : null;
            },
            spent => PublishFaults.TimedOut(Where, $"the copying of the image version {Version}", spent),
            cancellation).ConfigureAwait(false);
    }
}
