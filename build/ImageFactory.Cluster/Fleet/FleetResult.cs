using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageFactory.Cluster.Fleet;

/// <summary>What became of one entry of a fleet, as its worker told it last.</summary>
public sealed record FleetResult
{
    /// <summary>Of the JSON, in UTF-8: a thousand results are less than the 1 MiB of a ConfigMap.</summary>
    public const int MostBytes = 900;

    private const int LongestMessage = 200;

    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter<FleetState>(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    public required FleetState State { get; init; }

    /// <summary>The Job's index: from 0, among the entries of its architecture.</summary>
    public required int Index { get; init; }

    /// <summary>By the kernel's name.</summary>
    public required string Architecture { get; init; }

    /// <summary>Null: all destinations of the recipe.</summary>
    public string? Provider { get; init; }

    public required DateTimeOffset Started { get; init; }

    public DateTimeOffset? Finished { get; init; }

    public double? Seconds { get; init; }

    /// <summary>SHA-256 of the image file.</summary>
    public string? Digest { get; init; }

    /// <summary>What machines are given to boot it, one per destination.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    public FleetStages? Stages { get; init; }

    public int? ExitCode { get; init; }

    /// <summary>Code of the first error.</summary>
    public string? Fault { get; init; }

    public string? Message { get; init; }

    /// <summary>One line of at most <see cref="MostBytes"/>; what does not fit is left out: the message first, then ids from the end.</summary>
    public string ToJson()
    {
        FleetResult shown = this with { Message = Message is { Length: > LongestMessage } text ? Cut(text) : Message };
        string json = JsonSerializer.Serialize(shown, Form);
        while (Encoding.UTF8.GetByteCount(json) > MostBytes && (shown.Message is not null || shown.Images.Count > 0))
        {
            shown = shown.Message is not null ? shown with { Message = null } : shown with { Images = [.. shown.Images.SkipLast(1)] };
            json = JsonSerializer.Serialize(shown, Form);
        }

        return json;
    }

    /// <returns>Null when somebody else wrote this.</returns>
    public static FleetResult? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<FleetResult>(json, Form);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Never between the two halves of a character.</summary>
    private static string Cut(string text) => text[..(char.IsHighSurrogate(text[LongestMessage - 1]) ? LongestMessage - 1 : LongestMessage)] + "…";
}

public enum FleetState
{
    /// <summary>Somebody works on it, or was killed while they did.</summary>
    Running,

    Succeeded,

    Failed,

    /// <summary>Ended by a signal; the Job begins it anew.</summary>
    Stopped,
}

/// <summary>Stages by where their outputs came from: made here, from the own store, from another machine.</summary>
public sealed record FleetStages(int Built, int Reused, int Shared);
