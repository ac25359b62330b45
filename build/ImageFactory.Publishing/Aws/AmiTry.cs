using System.Globalization;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Journal;

namespace ImageFactory.Publishing.Aws;

/// <summary>What all steps of a publish share: whose it is, the tokens and tags of the try, and how long things are waited for.</summary>
internal sealed class AmiTry(DestinationSetting setting, AmiDestination destination)
{
    public const string Ami = "ami";
    public const string Snapshot = "snapshot";
    public const string Import = "import";
    public const string Object = "object";

    /// <summary>The tag of the try that made an object: finds it when the answer with its id was lost.</summary>
    public const string TryTag = "imagefactory-try";

    public DestinationSetting Setting => setting;

    public AmiDestination Destination => destination;

    public string Where => setting.Where;

    public bool IsOurs(IReadOnlyDictionary<string, string> tags) => tags.GetValueOrDefault(ImageTags.Owner) == setting.Owner;

    public string DeprecateAt() =>
        setting.Surroundings.Time.GetUtcNow().AddDays(destination.DeprecateAfterDays).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The key's token of an earlier run, so that what it began is gone on with; else a new one.</summary>
    public static string TokenOf(PublicationJournal journal, string kind, string region) =>
        journal.Objects.LastOrDefault(o => o.Kind == kind && o.Key.StartsWith(region + " ", StringComparison.Ordinal))?.Key.Split(' ', 2)[1] ?? Guid.NewGuid().ToString("n");

    public IReadOnlyList<KeyValuePair<string, string>> TagsOf(PublishableImage image, string token) =>
        [.. ImageTags.Of(setting, image), new(TryTag, token), .. Setting.Destination.Tags.ContainsKey("Name") ? Array.Empty<KeyValuePair<string, string>>() : [new("Name", image.Description.Recipe)]];

    public static string TextOf(PublishableImage image) =>
        image.Description.Text is { Length: > 0 and <= 255 } text && text.All(char.IsAscii) ? text : $"Pod VM image {image.Description.Recipe}";

    /// <summary>For what the service works on: as long as its own tools wait, and twice that.</summary>
    public Polling Waiting() => new(Setting.Surroundings.Time, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(40));

    /// <summary>For what should be so already, and is not seen everywhere yet.</summary>
    public Polling Patience() => new(Setting.Surroundings.Time, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(15));
}
