using System.Text.Json.Serialization;
using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;

namespace ImageFactory.Pipeline.Artifacts;

/// <summary>
/// A delivered file as the kernel saw it last. The time of change is set by the kernel alone, so whoever writes to the file,
/// replaces it or sets its dates back makes it differ.
/// </summary>
internal sealed record DeliveryRecord(string Path, Sha256 Digest, long Size, ulong Inode, long ChangedNanoseconds)
{
    internal static DeliveryRecord? Of(string path, Sha256 digest) =>
        FileStatus.Of(path) is { Kind: FileKind.File } now ? new DeliveryRecord(path, digest, now.Size, now.Inode, now.ChangedNanoseconds) : null;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(DeliveryRecord))]
internal sealed partial class DeliveryJson : JsonSerializerContext;
