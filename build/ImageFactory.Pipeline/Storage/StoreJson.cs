using System.Text.Json.Serialization;

namespace ImageFactory.Pipeline.Storage;

/// <summary>The files of the store as JSON, generated at compile time: reading entries is most of what a build does that has nothing to do.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(StoreEntry))]
[JsonSerializable(typeof(StoreVersion))]
internal sealed partial class StoreJson : JsonSerializerContext;
