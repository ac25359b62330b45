using System.Globalization;
using System.Xml.Linq;

namespace ImageFactory.Publishing.Aws;

/// <summary>The calls of EC2 that publishing needs.</summary>
internal sealed class Ec2(AwsClient client)
{
    /// <summary>As much as a page may have.</summary>
    private const int PageSize = 1000;

    /// <summary>Images of this account that pass all filters, deprecated ones among them.</summary>
    public async Task<IReadOnlyList<AmiFacts>> FindImagesAsync(string region, CancellationToken cancellation, params (string Name, string Value)[] filters) =>
        [.. (await PagesAsync(region, "DescribeImages", "imagesSet", [.. Owner, .. Filters(filters), new("IncludeDeprecated", "true")], cancellation).ConfigureAwait(false)).Select(AmiFacts.Of)];

    public async Task<IReadOnlyList<SnapshotFacts>> FindSnapshotsAsync(string region, CancellationToken cancellation, params (string Name, string Value)[] filters) =>
        [.. (await PagesAsync(region, "DescribeSnapshots", "snapshotSet", [.. Owner, .. Filters(filters)], cancellation).ConfigureAwait(false)).Select(SnapshotFacts.Of)];

    /// <summary>An instance that was made from the image and still exists; null when there is none.</summary>
    public async Task<string?> FindInstanceAsync(string region, string ami, CancellationToken cancellation)
    {
        List<KeyValuePair<string, string>> parameters = [.. Filters([("image-id", ami)])];
        parameters.Add(new("Filter.2.Name", "instance-state-name"));
        parameters.AddRange(((string[])["pending", "running", "stopping", "stopped", "shutting-down"]).Select((s, i) => new KeyValuePair<string, string>(Numbered("Filter.2.Value", i), s)));
        XElement answer = await client.Ec2Async(region, "DescribeInstances", parameters, cancellation).ConfigureAwait(false);
        return (string?)answer.Descendants("instanceId").FirstOrDefault();
    }

    public async Task<string> RegisterAsync(string region, IReadOnlyList<KeyValuePair<string, string>> parameters, CancellationToken cancellation) =>
        (string)(await client.Ec2Async(region, "RegisterImage", parameters, cancellation).ConfigureAwait(false)).Element("imageId")!;

    public async Task<string> CopyAsync(string region, IReadOnlyList<KeyValuePair<string, string>> parameters, CancellationToken cancellation) =>
        (string)(await client.Ec2Async(region, "CopyImage", parameters, cancellation).ConfigureAwait(false)).Element("imageId")!;

    public async Task<string> ImportAsync(string region, IReadOnlyList<KeyValuePair<string, string>> parameters, CancellationToken cancellation) =>
        (string)(await client.Ec2Async(region, "ImportSnapshot", parameters, cancellation).ConfigureAwait(false)).Element("importTaskId")!;

    public async Task<IReadOnlyList<ImportFacts>> FindImportsAsync(string region, CancellationToken cancellation, params (string Name, string Value)[] filters) =>
        [.. (await PagesAsync(region, "DescribeImportSnapshotTasks", "importSnapshotTaskSet", [.. Filters(filters)], cancellation).ConfigureAwait(false)).Select(ImportFacts.Of)];

    /// <summary>Null: not to be seen yet.</summary>
    public async Task<ImportFacts?> FindImportAsync(string region, string task, CancellationToken cancellation)
    {
        XElement answer = await client.Ec2Async(region, "DescribeImportSnapshotTasks", [new("ImportTaskId.1", task)], cancellation).ConfigureAwait(false);
        return answer.Element("importSnapshotTaskSet")?.Elements("item").Select(ImportFacts.Of).FirstOrDefault(f => f.Task == task);
    }

    public Task TagAsync(string region, string id, IReadOnlyList<KeyValuePair<string, string>> tags, CancellationToken cancellation) => client.Ec2Async(
        region,
        "CreateTags",
        [new("ResourceId.1", id), .. tags.SelectMany((t, i) => new KeyValuePair<string, string>[] { new(Numbered("Tag", i) + ".Key", t.Key), new(Numbered("Tag", i) + ".Value", t.Value) })],
        cancellation);

    public Task CallAsync(string region, string action, CancellationToken cancellation, params (string Name, string Value)[] parameters) =>
        client.Ec2Async(region, action, [.. parameters.Select(p => new KeyValuePair<string, string>(p.Name, p.Value))], cancellation);

    public static string Numbered(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"{name}.{index + 1}");

    /// <summary><c>TagSpecification.N</c> with the same tags for each resource type.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Tags(IReadOnlyList<KeyValuePair<string, string>> tags, params IReadOnlyList<string> resourceTypes)
    {
        for (int r = 0; r < resourceTypes.Count; r++)
        {
            string specification = Numbered("TagSpecification", r);
            yield return new(specification + ".ResourceType", resourceTypes[r]);
            for (int t = 0; t < tags.Count; t++)
            {
                yield return new(Numbered(specification + ".Tag", t) + ".Key", tags[t].Key);
                yield return new(Numbered(specification + ".Tag", t) + ".Value", tags[t].Value);
            }
        }
    }

    private static KeyValuePair<string, string>[] Owner => [new("Owner.1", "self")];

    private static IEnumerable<KeyValuePair<string, string>> Filters(IEnumerable<(string Name, string Value)> filters) => filters.SelectMany((f, i) => new KeyValuePair<string, string>[]
    {
        new(Numbered("Filter", i) + ".Name", f.Name),
        new(Numbered("Filter", i) + ".Value.1", f.Value),
    });

    private async Task<List<XElement>> PagesAsync(string region, string action, string set, IReadOnlyList<KeyValuePair<string, string>> parameters, CancellationToken cancellation)
    {
        List<XElement> items = [];
        string? next = null;
        do
        {
            KeyValuePair<string, string>[] page = [new("MaxResults", PageSize.ToString(CultureInfo.InvariantCulture)), .. next is null ? Array.Empty<KeyValuePair<string, string>>() : [new("NextToken", next)]];
            XElement answer = await client.Ec2Async(region, action, [.. parameters, .. page], cancellation).ConfigureAwait(false);
            items.AddRange(answer.Element(set)?.Elements("item") ?? []);
            next = (string?)answer.Element("nextToken") is { Length: > 0 } token ? token : null;
        }
        while (next is not null);
        return items;
    }
}

/// <param name="State"><c>pending</c>, <c>available</c>, or one of the states of a failure.</param>
internal sealed record AmiFacts(string Id, string Name, string State, string? Reason, DateTimeOffset? Created, IReadOnlyList<string> Snapshots, IReadOnlyDictionary<string, string> Tags)
{
    public bool IsAvailable => State == "available";

    /// <summary>Neither ready nor on the way.</summary>
    public bool IsBroken => State is not ("available" or "pending" or "transient");

    public static AmiFacts Of(XElement item) => new(
        (string)item.Element("imageId")!,
        (string?)item.Element("name") ?? "",
        (string?)item.Element("imageState") ?? "",
        (string?)item.Element("stateReason")?.Element("message"),
        SnapshotFacts.Time((string?)item.Element("creationDate")),
        [.. item.Descendants("snapshotId").Select(s => s.Value)],
        SnapshotFacts.TagsOf(item));
}

/// <param name="State"><c>pending</c>, <c>completed</c>, or one of the states of a failure.</param>
internal sealed record SnapshotFacts(string Id, string State, string? Reason, DateTimeOffset? Created, IReadOnlyDictionary<string, string> Tags)
{
    public static SnapshotFacts Of(XElement item) => new(
        (string)item.Element("snapshotId")!, (string?)item.Element("status") ?? "", (string?)item.Element("statusMessage"), Time((string?)item.Element("startTime")), TagsOf(item));

    public static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;

    public static IReadOnlyDictionary<string, string> TagsOf(XElement item) =>
        (item.Element("tagSet")?.Elements("item") ?? []).ToDictionary(t => (string)t.Element("key")!, t => (string?)t.Element("value") ?? "", StringComparer.Ordinal);
}
