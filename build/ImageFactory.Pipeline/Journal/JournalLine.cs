using System.Text.Json.Serialization;

namespace ImageFactory.Pipeline.Journal;

/// <summary>One line of a run's journal.</summary>
internal sealed record JournalLine(JournalKind Kind)
{
    /// <summary>Process id of the run, or the id of a program's process group.</summary>
    public int Id { get; init; }

    /// <summary>Start time of that process, see <see cref="ProcessIdentity"/>.</summary>
    public long Started { get; init; }

    /// <summary>Boot and container of a run; path of a folder; name of a program.</summary>
    public string? Text { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<JournalKind>))]
internal enum JournalKind
{
    Run,
    Program,
    ProgramEnded,

    /// <summary>A folder outside the store, written down before it is made.</summary>
    Folder,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class JournalJson : JsonSerializerContext;
