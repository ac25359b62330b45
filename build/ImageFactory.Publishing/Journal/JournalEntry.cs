using System.Text.Json.Serialization;
using ImageFactory.Model;

namespace ImageFactory.Publishing.Journal;

/// <summary>One line of a publication's journal.</summary>
internal sealed record JournalEntry(EntryKind Entry)
{
    /// <summary>With <see cref="EntryKind.Begun"/>: the image of this try.</summary>
    public Sha256? Image { get; init; }

    /// <summary>With <see cref="EntryKind.Begun"/>: the destination, for people who look into the file.</summary>
    public string? Place { get; init; }

    public string? Kind { get; init; }

    public string? Key { get; init; }

    public string? Id { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<EntryKind>))]
internal enum EntryKind
{
    Begun,

    /// <summary>Will be made now.</summary>
    Intended,

    /// <summary>Was made, with this id.</summary>
    Created,

    Removed,

    /// <summary>A fact that a later run needs to go on: <c>Kind</c> is its name, <c>Id</c> its value.</summary>
    Noted,

    /// <summary>The image is published: nothing of this try is left over any more.</summary>
    Completed,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(JournalEntry))]
internal sealed partial class JournalEntryJson : JsonSerializerContext;
