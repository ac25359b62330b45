using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Pipeline.Artifacts;

/// <summary>Remembers what was delivered where, so that a build that has nothing to do need not read or write gigabytes to know it.</summary>
internal sealed class DeliveryRecords(Store store)
{
    internal bool IsThere(string path, Sha256 digest) => Read(FileOf(path)) is { } record && record == DeliveryRecord.Of(path, digest);

    internal void Remember(string path, Sha256 digest)
    {
        if (DeliveryRecord.Of(path, digest) is { } record)
            Durable.ReplaceFile(FileOf(path), JsonSerializer.SerializeToUtf8Bytes(record, DeliveryJson.Default.DeliveryRecord), sync: false);
    }

    /// <summary>Forgets what is no longer there.</summary>
    internal void Prune()
    {
        foreach (string file in Directory.GetFiles(store.Delivered, "*.json").Where(f => Read(f) is not { } record || !File.Exists(record.Path)))
            File.Delete(file);
    }

    private static DeliveryRecord? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), DeliveryJson.Default.DeliveryRecord);
        }
        catch (Exception e) when (IoErrors.IsAny(e) || e is JsonException)
        {
            return null;
        }
    }

    private string FileOf(string path) => Path.Combine(store.Delivered, $"{Sha256.Of(path).Hex}.json");
}
