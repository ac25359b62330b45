using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Gcp;

/// <summary>The bucket that an upload goes through: the author's, or one that is made for it. What we put there is taken away again.</summary>
internal sealed class StagingArea(GcpClient client, GcpPlace place)
{
    public const string Bucket = "bucket";

    private const string BucketPrefix = "imagefactory-";

    /// <summary>The author's bucket, or a new one.</summary>
    public async Task<string> OpenAsync(PublicationJournal journal, CancellationToken cancellation)
    {
        if (place.Bucket is { } named)
            return named;
        if (journal.Find(Bucket) is { Id: { } there })
            return there;
        string name = journal.Find(Bucket)?.Key ?? $"{BucketPrefix}{Guid.NewGuid():n}";
        journal.Intend(Bucket, name);
        JsonObject body = new()
        {
            ["name"] = name,
            ["labels"] = new JsonObject { [ImageTags.Owner] = place.Setting.Owner },
            ["iamConfiguration"] = new JsonObject { ["uniformBucketLevelAccess"] = new JsonObject { ["enabled"] = true }, ["publicAccessPrevention"] = "enforced" },
            ["softDeletePolicy"] = new JsonObject { ["retentionDurationSeconds"] = "0" },

            // Should everything else fail, the bytes do not cost for ever.
            ["lifecycle"] = new JsonObject { ["rule"] = new JsonArray(new JsonObject { ["action"] = new JsonObject { ["type"] = "Delete" }, ["condition"] = new JsonObject { ["age"] = 1 } }) },
        };
        if (place.Location is { } location)
            body["location"] = location;
        try
        {
            await client.CallAsync("buckets.insert", HttpMethod.Post, new Uri($"{client.Storage.AbsoluteUri}storage/v1/b?project={Uri.EscapeDataString(place.Project!)}"), body, cancellation).ConfigureAwait(false);
        }
        catch (GcpError e) when (e.Status == 409)
        {
            // The answer to an earlier attempt was lost; a random name is nobody else's.
            JsonElement? mine = await client.FindAsync("buckets.get", HttpMethod.Get, AddressOf(name), null, cancellation).ConfigureAwait(false);
            if (mine is not { } found || !place.IsOurs(found.Texts("labels")))
                throw;
        }

        journal.Created(Bucket, name, name);
        return name;
    }

    /// <summary>Takes away a session, an object or a bucket of a try. Absent is a success.</summary>
    public async Task RemoveAsync(JournaledObject leftOver, CancellationToken cancellation)
    {
        switch (leftOver.Kind)
        {
            case ArchiveUpload.Session when leftOver.Id is { } session:
                place.Around.ConcealAddress(session);
                await CancelAsync(new Uri(session), cancellation).ConfigureAwait(false);
                break;
            case ArchiveUpload.Object:
                await RemoveObjectAsync(leftOver.Key, cancellation).ConfigureAwait(false);
                break;
            case Bucket:
                await RemoveBucketAsync(leftOver.Key, cancellation).ConfigureAwait(false);
                break;
        }
    }

    /// <param name="key">Bucket, slash, name.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task RemoveObjectAsync(string key, CancellationToken cancellation)
    {
        string[] parts = key.Split('/', 2);
        await client.FindAsync(
            "objects.delete", HttpMethod.Delete, new Uri($"{AddressOf(parts[0]).AbsoluteUri}/o/{Uri.EscapeDataString(parts[1])}"), null, cancellation).ConfigureAwait(false);
    }

    public async Task RemoveBucketAsync(string name, CancellationToken cancellation) =>
        await client.FindAsync("buckets.delete", HttpMethod.Delete, AddressOf(name), null, cancellation).ConfigureAwait(false);

    /// <summary>Objects of this owner, then the buckets that were made for them: no image needs either.</summary>
    /// <param name="isOld">Tells from the time of its making whether no run can still need it.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task<IReadOnlyList<PlacedObject>> FindAsync(Func<DateTimeOffset?, bool> isOld, CancellationToken cancellation)
    {
        List<PlacedObject> objects = [];
        List<PlacedObject> made = [];
        List<string> buckets = [];
        if (place.Bucket is { } named)
        {
            if (await client.FindAsync("buckets.get", HttpMethod.Get, AddressOf(named), null, cancellation).ConfigureAwait(false) is not null)
                buckets.Add(named);
        }
        else
        {
            Uri all = new($"{client.Storage.AbsoluteUri}storage/v1/b?project={Uri.EscapeDataString(place.Project!)}&prefix={BucketPrefix}");
            foreach (JsonElement bucket in await client.ListAsync("buckets.list", all, cancellation).ConfigureAwait(false))
            {
                if (!place.IsOurs(bucket.Texts("labels")) || bucket.Text("name") is not { } name)
                    continue;
                buckets.Add(name);
                made.Add(new PlacedObject(Bucket, name) { Created = bucket.Time("timeCreated"), IsOrphan = isOld(bucket.Time("timeCreated")) });
            }
        }

        foreach (string bucket in buckets)
        {
            Uri all = new($"{AddressOf(bucket).AbsoluteUri}/o?prefix={Uri.EscapeDataString(place.ObjectPrefix)}");
            foreach (JsonElement one in await client.ListAsync("objects.list", all, cancellation).ConfigureAwait(false))
            {
                IReadOnlyDictionary<string, string> metadata = one.Texts("metadata");
                if (!place.IsOurs(metadata))
                    continue;
                objects.Add(new PlacedObject(ArchiveUpload.Object, $"{bucket}/{one.Text("name")}")
                {
                    Image = ImageTags.ImageOf(metadata.GetValueOrDefault(ImageTags.Image)),
                    Created = one.Time("timeCreated"),
                    IsOrphan = isOld(one.Time("timeCreated")),
                });
            }
        }

        return [.. objects, .. made];
    }

    public Uri AddressOf(string bucket) => new($"{client.Storage.AbsoluteUri}storage/v1/b/{Uri.EscapeDataString(bucket)}");

    /// <summary>Asks the service to forget what it has; it answers 499 by its reference. Sessions end by themselves after a week, so nothing is made of a failure.</summary>
    private async Task CancelAsync(Uri session, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Delete, session) { Content = new ByteArrayContent([]) };
        try
        {
            using HttpResponseMessage answer = await client.SendAsync("objects.insert", request, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is GcpError or HttpRequestException or IOException)
        {
            // 499 is the good answer.
        }
    }
}
