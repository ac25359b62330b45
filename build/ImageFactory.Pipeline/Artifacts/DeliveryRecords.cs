using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Artifacts;

/// <summary>Remembers what was delivered where, so that a build that has nothing to do need not read or write gigabytes to know it.</summary>
internal sealed class DeliveryRecords(Store store)
{
    internal bool IsThere(string path, Sha256 digest) => Read(path) is { } record && record == DeliveryRecord.Of(path, digest);

    internal void Remember(string path, Sha256 digest)
    {
        if (DeliveryRecord.Of(path, digest) is { } record)
            Durable.ReplaceFile(FileOf(path), JsonSerializer.SerializeToUtf8Bytes(record, DeliveryJson.Default.DeliveryRecord), sync: false);
    }

    private DeliveryRecord? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(FileOf(path)), DeliveryJson.Default.DeliveryRecord);
        }
        catch (Exception e) when (IoErrors.IsAny(e) || e is JsonException)
        {
            return null;
        }
    }

    private string FileOf(string path) => Path.Combine(store.Delivered, $"{Sha256.Of(path).Hex}.json");
}
