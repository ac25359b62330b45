using System.Text.RegularExpressions;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Gcp;

/// <summary>What can be said of a destination without asking Google.</summary>
internal static partial class GcpRules
{
    /// <summary>An image takes 64 labels; five are ours.</summary>
    private const int MostLabels = 59;

    public static IReadOnlyList<Fault> Check(GcpPlace place, ImageDescription image)
    {
        List<Fault> faults = [];
        GcpImageDestination wanted = place.Destination;
        if (image.Architecture != Architecture.X64)
            faults.Add(GcpFaults.NoSuchArchitecture(place.Where, image.Architecture));
        if (place.Project is not { } project)
            faults.Add(GcpFaults.NoProject(place.Where));
        else
            Rule("project", project, ProjectId().IsMatch(project), "6 to 30 lower-case letters, digits and dashes, beginning with a letter; a domain and ':' may stand before it");
        string name = place.NameOf(image.Recipe, new string('0', 12));
        Rule("name", name, ImageName().IsMatch(name), "1 to 63 lower-case letters, digits and dashes, beginning with a letter and not ending with a dash");
        if (wanted.Family is { } family)
            Rule("family", family, ImageName().IsMatch(family), "1 to 63 lower-case letters, digits and dashes, beginning with a letter and not ending with a dash");
        if (place.Bucket is { } bucket)
            Rule("bucket", bucket, BucketName().IsMatch(bucket), "3 to 63 lower-case letters, digits, '-', '_' and '.', beginning and ending with a letter or digit");
        if (place.Location is { } location)
            Rule("location", location, LocationName().IsMatch(location), "a region such as europe-west4, or one of us, eu, asia");
        if (!GcpLabels.IsValue(place.Setting.Owner))
            Rule("owner", place.Setting.Owner, false, "it becomes a label: lower-case letters, digits, '-' and '_'");
        if (wanted.Tags.Count > MostLabels)
            faults.Add(PublishFaults.TagNotAllowed(place.Where, wanted.Tags.Keys.Last(), $"Google takes {MostLabels} labels beside the factory's"));
        foreach ((string key, string value) in wanted.Tags)
        {
            if (!GcpLabels.IsKey(key) || !GcpLabels.IsValue(value))
                faults.Add(PublishFaults.TagNotAllowed(place.Where, key, "Google takes keys and values of at most 63 lower-case letters, digits, '-' and '_', keys beginning with a letter"));
        }

        foreach (SourcePath file in KeyFiles(wanted))
        {
            if (CertificateFile.TryRead(file, out string reason) is null)
                faults.Add(GcpFaults.BadCertificate(place.Where, file.Text, reason));
        }

        return faults;

        void Rule(string key, string value, bool holds, string expected)
        {
            if (!holds)
                faults.Add(GcpFaults.BadValue(place.Where, key, value, expected));
        }
    }

    public static IEnumerable<SourcePath> KeyFiles(GcpImageDestination wanted) =>
        [.. wanted.SignatureDatabase, .. wanted.KeyExchangeKeys, .. wanted.PlatformKey is { } key ? new[] { key } : []];

    [GeneratedRegex(@"\A(?:[a-z0-9.-]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]\z")]
    private static partial Regex ProjectId();

    [GeneratedRegex(@"\A[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?\z")]
    private static partial Regex ImageName();

    [GeneratedRegex(@"\A[a-z0-9][-a-z0-9_.]{1,61}[a-z0-9]\z")]
    private static partial Regex BucketName();

    [GeneratedRegex(@"\A[a-z]+(?:-[a-z]+[0-9]+)?\z", RegexOptions.IgnoreCase)]
    private static partial Regex LocationName();
}
