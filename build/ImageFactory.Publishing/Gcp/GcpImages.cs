using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Gcp;

/// <summary>The calls of Compute Engine that publishing needs.</summary>
internal sealed class GcpImages(GcpClient client, GcpPlace place)
{
    private Uri Project => new(client.Compute, $"/compute/v1/projects/{Uri.EscapeDataString(place.Project!)}");

    private Uri Images => new(Project.AbsoluteUri + "/global/images");

    public async Task<GcpImage?> FindAsync(string name, CancellationToken cancellation) =>
        await client.FindAsync("images.get", HttpMethod.Get, AddressOf(name), null, cancellation).ConfigureAwait(false) is { } found ? GcpImage.Of(found) : null;

    /// <summary>Images of this owner.</summary>
    public async Task<IReadOnlyList<GcpImage>> ListAsync(CancellationToken cancellation)
    {
        string filter = Uri.EscapeDataString($"labels.{ImageTags.Owner} = \"{place.Setting.Owner}\"");
        return [.. (await client.ListAsync("images.list", new Uri($"{Images.AbsoluteUri}?maxResults=500&filter={filter}"), cancellation).ConfigureAwait(false)).Select(GcpImage.Of)];
    }

    /// <summary>Makes the image and returns when that is done. The same request id makes it once.</summary>
    /// <exception cref="GcpError">The service refused, or its operation failed.</exception>
    public async Task InsertAsync(JsonObject body, Guid requestId, CancellationToken cancellation)
    {
        JsonElement operation = await client.CallAsync("images.insert", HttpMethod.Post, new Uri($"{Images.AbsoluteUri}?requestId={requestId:D}"), body, cancellation).ConfigureAwait(false);
        await WaitAsync("images.insert", operation, cancellation).ConfigureAwait(false);
    }

    /// <summary>Removes the image and waits until it is gone. Absent is a success.</summary>
    public async Task DeleteAsync(string name, CancellationToken cancellation)
    {
        if (await client.FindAsync("images.delete", HttpMethod.Delete, new Uri($"{AddressOf(name).AbsoluteUri}?requestId={Guid.NewGuid():D}"), null, cancellation).ConfigureAwait(false) is not { } operation)
            return;
        try
        {
            await WaitAsync("images.delete", operation, cancellation).ConfigureAwait(false);
        }
        catch (GcpError e) when (e.IsAbsence || e.Reason == "RESOURCE_NOT_FOUND")
        {
            // Somebody was faster.
        }
    }

    /// <summary>Waits for what an earlier run began with this id; false when the service knows nothing of it.</summary>
    public async Task<bool> SettleAsync(Guid requestId, CancellationToken cancellation)
    {
        string filter = Uri.EscapeDataString($"clientOperationId = \"{requestId:D}\"");
        IReadOnlyList<JsonElement> operations = await client.ListAsync(
            "globalOperations.list", new Uri($"{Project.AbsoluteUri}/global/operations?maxResults=10&filter={filter}"), cancellation).ConfigureAwait(false);
        foreach (JsonElement operation in operations)
        {
            try
            {
                await WaitAsync("images.insert", operation, cancellation).ConfigureAwait(false);
            }
            catch (GcpError)
            {
                // It failed: then there is nothing of it, or an image that is looked at next.
            }
        }

        return operations.Count > 0;
    }

    /// <summary>A disk that was made from the image and still exists; null when there is none or the credentials may not see.</summary>
    public async Task<string?> FindUserAsync(GcpImage image, CancellationToken cancellation)
    {
        string filter = Uri.EscapeDataString($"sourceImageId = \"{image.Id}\"");
        try
        {
            JsonElement answer = await client.CallAsync(
                "disks.aggregatedList", HttpMethod.Get, new Uri($"{Project.AbsoluteUri}/aggregated/disks?maxResults=1&returnPartialSuccess=true&filter={filter}"), null, cancellation).ConfigureAwait(false);
            JsonElement scopes = answer.Part("items");
            IEnumerable<JsonElement> disks = scopes.ValueKind == JsonValueKind.Object ? scopes.EnumerateObject().SelectMany(s => s.Value.Items("disks")) : [];
            return disks.FirstOrDefault().Text("name");
        }
        catch (GcpError e) when (e.Status == 403)
        {
            return null;
        }
    }

    /// <summary>The project's quota of images, as used and allowed; null when it is not told.</summary>
    /// <exception cref="GcpError">404: there is no such project.</exception>
    public async Task<(double Usage, double Limit)?> QuotaAsync(CancellationToken cancellation)
    {
        JsonElement project = await client.CallAsync("projects.get", HttpMethod.Get, new Uri($"{Project.AbsoluteUri}?fields=quotas"), null, cancellation).ConfigureAwait(false);
        JsonElement quota = project.Items("quotas").FirstOrDefault(q => q.Text("metric") == "IMAGES");
        return quota.Number("usage") is { } usage && quota.Number("limit") is { } limit ? (usage, limit) : null;
    }

    /// <summary>What images.insert is given.</summary>
    /// <param name="image">The image.</param>
    /// <param name="name">Its name.</param>
    /// <param name="bucket">Where the archive is.</param>
    /// <param name="archive">The archive's object.</param>
    public JsonObject BodyOf(PublishableImage image, string name, string bucket, string archive)
    {
        JsonObject body = new()
        {
            ["name"] = name,
            ["description"] = image.Description.Text is { Length: > 0 and <= 2048 } text ? text : $"Pod VM image {image.Description.Recipe}",
            ["architecture"] = "X86_64",
            ["labels"] = new JsonObject(GcpLabels.Of(place.Setting, image).Select(l => KeyValuePair.Create<string, JsonNode?>(l.Key, l.Value))),
            ["guestOsFeatures"] = new JsonArray([.. Features().Select(f => new JsonObject { ["type"] = f })]),

            // gs:// is not among the forms that the reference lists.
            ["rawDisk"] = new JsonObject { ["source"] = $"https://storage.googleapis.com/{bucket}/{archive}", ["containerType"] = "TAR" },
        };
        if (place.Destination.Family is { } family)
            body["family"] = family;
        if (place.Location is { } location)
            body["storageLocations"] = new JsonArray(location);
        if (SecureBoot(image.Description) is { } keys)
            body["shieldedInstanceInitialState"] = keys;
        return body;
    }

    private Uri AddressOf(string name) => new($"{Images.AbsoluteUri}/{Uri.EscapeDataString(name)}");

    private IEnumerable<string> Features()
    {
        IReadOnlyList<GcpConfidentialType> types = place.Destination.Confidential;
        return
        [
            "UEFI_COMPATIBLE", "GVNIC", "VIRTIO_SCSI_MULTIQUEUE",
            .. types.Contains(GcpConfidentialType.Sev) ? new[] { "SEV_CAPABLE" } : [],
            .. types.Contains(GcpConfidentialType.SevSnp) ? new[] { "SEV_SNP_CAPABLE" } : [],
            .. types.Contains(GcpConfidentialType.Tdx) ? new[] { "TDX_CAPABLE" } : [],
        ];
    }

    private JsonObject? SecureBoot(ImageDescription image)
    {
        IEnumerable<byte[]> database = place.Destination.SignatureDatabase.Select(f => CertificateFile.TryRead(f, out _)!);
        if (image.SecureBootCertificate is { } own)
            database = database.Prepend(own);
        JsonObject state = [];
        Add("dbs", new JsonArray([.. database.Select(KeyOf)]));
        Add("keks", new JsonArray([.. place.Destination.KeyExchangeKeys.Select(f => KeyOf(CertificateFile.TryRead(f, out _)!))]));
        if (place.Destination.PlatformKey is { } platform)
            state["pk"] = KeyOf(CertificateFile.TryRead(platform, out _)!);
        return state.Count > 0 ? state : null;

        void Add(string key, JsonArray keys)
        {
            if (keys.Count > 0)
                state[key] = keys;
        }

        static JsonObject KeyOf(byte[] certificate) => new() { ["content"] = Convert.ToBase64String(certificate), ["fileType"] = "X509" };
    }

    /// <summary>An answer of 200 with an error inside is a failure.</summary>
    private async Task WaitAsync(string what, JsonElement operation, CancellationToken cancellation)
    {
        string name = operation.Text("name") ?? throw new FactoryException(GcpFaults.NotUnderstood(place.Where, $"{what}: an operation without a name"));
        if (operation.Text("status") != "DONE")
        {
            // The call itself waits, by Google's word up to two minutes and perhaps not at all.
            operation = (await new Polling(place.Around.Time, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(10), TimeSpan.FromHours(1)).UntilAsync<JsonBox>(
                async token =>
                {
                    JsonElement now = await client.CallAsync("globalOperations.wait", HttpMethod.Post, new Uri($"{Project.AbsoluteUri}/global/operations/{Uri.EscapeDataString(name)}/wait"), null, token).ConfigureAwait(false);
                    return now.Text("status") == "DONE" ? new JsonBox(now) : null;
                },
                after => PublishFaults.TimedOut(place.Where, what, after),
                cancellation).ConfigureAwait(false)).Json;
        }

        if (operation.Part("error").Items("errors").FirstOrDefault() is { ValueKind: JsonValueKind.Object } error)
            throw new GcpError(what, (int)(operation.Number("httpErrorStatusCode") ?? 400), error.Text("code") ?? "", error.Text("message") ?? "");
    }

    private sealed record JsonBox(JsonElement Json);
}

/// <param name="Id">The number that the service gave.</param>
/// <param name="Status">PENDING, READY, FAILED or DELETING.</param>
internal sealed record GcpImage(string Id, string Name, string Status, DateTimeOffset? Created, IReadOnlyDictionary<string, string> Labels)
{
    public static GcpImage Of(JsonElement json) =>
        new(json.Text("id") ?? "", json.Text("name") ?? "", json.Text("status") ?? "", json.Time("creationTimestamp"), json.Texts("labels"));
}
