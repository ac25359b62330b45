using System.Globalization;
using System.Text;
using ImageFactory.Build.Reporting;
using ImageFactory.Model;
using ImageFactory.Pipeline.Maintenance;

namespace ImageFactory.Build.Composition;

/// <summary>What the verbs of the store say.</summary>
internal static class StoreAnswers
{
    public static Answer Of(GcResult result)
    {
        StringBuilder text = new();
        foreach (StoreItem item in result.Removed)
            text.Append(CultureInfo.InvariantCulture, $"removed {ByteSize.Format(item.Bytes),10}  {NameOf(item)}\n");
        text.Append(CultureInfo.InvariantCulture, $"removed {result.Removed.Count}, freed {ByteSize.Format(result.Removed.Sum(i => i.Bytes))}, left {ByteSize.Format(result.BytesLeft)}");
        text.Append(result.InUse == 0 ? "\n" : string.Create(CultureInfo.InvariantCulture, $"; {result.InUse} are in use and stay\n"));
        return new Answer(text.ToString())
        {
            Faults = result.Warnings,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteNumber("removed", result.Removed.Count);
                json.WriteNumber("bytesFreed", result.Removed.Sum(i => i.Bytes));
                json.WriteNumber("bytesLeft", result.BytesLeft);
                json.WriteNumber("inUse", result.InUse);
                json.WriteEndObject();
            }),
        };
    }

    public static Answer Of(IReadOnlyList<StoreItem> items, string folder)
    {
        StringBuilder text = new();
        foreach (StoreItem item in items)
            text.Append(CultureInfo.InvariantCulture, $"{EventText.TimeStamp(item.LastUsed)} {ByteSize.Format(item.Bytes),10}  {NameOf(item)}\n");
        text.Append(CultureInfo.InvariantCulture, $"{items.Count} items, {ByteSize.Format(items.Sum(i => i.Bytes))} in {folder}\n");
        return new Answer(text.ToString())
        {
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartArray();
                foreach (StoreItem item in items)
                {
                    json.WriteStartObject();
                    json.WriteString("path", item.Path);
                    json.WriteString("stage", item.Entry?.Stage);
                    json.WriteString("key", item.Entry?.Key.Hex);
                    json.WriteNumber("bytes", item.Bytes);
                    json.WriteString("lastUsed", item.LastUsed.UtcDateTime);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }),
        };
    }

    public static Answer OfVerify(string folder, IReadOnlyList<Fault> faults) => new(faults.Count == 0 ? $"every output in {folder} is what was stored\n" : "")
    {
        Faults = faults,
        Json = () => JsonForm.Write(json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("sound", faults.Count == 0);
            json.WriteEndObject();
        }),
    };

    private static string NameOf(StoreItem item) => item.Entry is { } entry ? $"{entry.Stage} {entry.Key.Hex[..12]}" : Path.GetFileName(item.Path);
}
