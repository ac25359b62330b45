using System.Globalization;
using System.Text;
using ImageFactory.Build.Reporting;
using ImageFactory.Build.Terminal;
using ImageFactory.Model;
using ImageFactory.Pipeline.Maintenance;
using ImageFactory.Pipeline.Storage;

namespace ImageFactory.Build.Composition;

/// <summary>Looks after the store.</summary>
internal sealed class StoreAnswers(FactoryOptions options, TimeProvider time)
{
    private StoreMaintenance Maintenance => new(Store.Open(new DirectoryInfo(options.Store), time));

    public Answer Collect(long maxSize, CancellationToken cancellation)
    {
        GcResult result = Maintenance.Collect(maxSize, cancellation);
        StringBuilder text = new();
        foreach (StoreItem item in result.Removed)
            text.Append(CultureInfo.InvariantCulture, $"removed {Name(item)} ({ByteSize.Format(item.Bytes)})\n");
        text.Append(CultureInfo.InvariantCulture, $"{result.Removed.Count} removed, {ByteSize.Format(result.BytesLeft)} left, {result.InUse} in use by running builds\n");
        return new Answer(text.ToString())
        {
            Faults = result.Warnings,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteNumber("removed", result.Removed.Count);
                json.WriteNumber("bytesRemoved", result.Removed.Sum(i => i.Bytes));
                json.WriteNumber("bytesLeft", result.BytesLeft);
                json.WriteNumber("inUse", result.InUse);
                json.WriteEndObject();
            }),
        };
    }

    public Answer List()
    {
        IReadOnlyList<StoreItem> items = Maintenance.List();
        StringBuilder text = new();
        foreach (StoreItem item in items)
            text.Append(CultureInfo.InvariantCulture, $"{item.LastUsed:yyyy-MM-dd HH:mm}Z {ByteSize.Format(item.Bytes),11}  {Name(item)}\n");
        text.Append(CultureInfo.InvariantCulture, $"{items.Count} entries, {ByteSize.Format(items.Sum(i => i.Bytes))}\n");
        return new Answer(text.ToString())
        {
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartArray();
                foreach (StoreItem item in items)
                {
                    json.WriteStartObject();
                    json.WriteString("stage", item.Entry?.Stage);
                    json.WriteString("key", item.Entry?.Key.Hex);
                    json.WriteString("path", item.Path);
                    json.WriteNumber("bytes", item.Bytes);
                    json.WriteString("lastUsed", item.LastUsed);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }),
        };
    }

    public async Task<Answer> VerifyAsync(CancellationToken cancellation)
    {
        IReadOnlyList<Fault> faults = await Maintenance.VerifyAsync(cancellation).ConfigureAwait(false);
        return new Answer(faults.Count == 0 ? $"{options.Store}: sound\n" : $"{options.Store}: {faults.Count} entries are damaged; the next build makes them anew\n") { Faults = faults };
    }

    private static string Name(StoreItem item) => item.Entry is { } entry ? $"{entry.Stage} {entry.Key.Hex[..12]}" : Path.GetFileName(item.Path);
}
