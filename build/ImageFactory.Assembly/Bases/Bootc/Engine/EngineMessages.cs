using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ImageFactory.Assembly.Bases.Bootc.Engine;

/// <summary>One of the JSON objects that an engine streams while it builds or pulls.</summary>
/// <param name="Text">A piece of text, often a line with its end.</param>
/// <param name="ImageId">Of what was built.</param>
/// <param name="Error">What went wrong; nothing comes after it.</param>
internal sealed record EngineMessage(string? Text, string? ImageId, string? Error)
{
    /// <summary>Objects follow one another without commas; one of them may be large, but never this large.</summary>
    private const int LongestObject = 16 << 20;

    /// <exception cref="JsonException">It is no sequence of JSON objects.</exception>
    public static async IAsyncEnumerable<EngineMessage> ReadAsync(Stream source, [EnumeratorCancellation] CancellationToken cancellation)
    {
        byte[] buffer = new byte[64 << 10];
        int filled = 0;
        bool ended = false;
        while (!ended || filled > 0)
        {
            if (!ended)
            {
                if (filled == buffer.Length)
                {
                    if (filled >= LongestObject)
                        throw new JsonException("one of its messages is longer than 16 MiB");
                    Array.Resize(ref buffer, filled * 2);
                }

                int read = await source.ReadAsync(buffer.AsMemory(filled), cancellation).ConfigureAwait(false);
                filled += read;
                ended = read == 0;
            }

            int used = 0;
            while (TryTake(buffer.AsSpan(used, filled - used), ended, out int length, out EngineMessage? message))
            {
                used += length;
                if (message is not null)
                    yield return message;
            }

            filled -= used;
            Buffer.BlockCopy(buffer, used, buffer, 0, filled);
        }
    }

    private static bool TryTake(ReadOnlySpan<byte> bytes, bool last, out int length, out EngineMessage? message)
    {
        message = null;
        int blanks = bytes.IndexOfAnyExcept(" \r\n\t"u8);
        if (blanks < 0)
        {
            length = bytes.Length;
            return length > 0;
        }

        Utf8JsonReader reader = new(bytes[blanks..], isFinalBlock: last, state: default);
        length = 0;
        if (!JsonDocument.TryParseValue(ref reader, out JsonDocument? document))
            return false;
        using (document)
        {
            length = blanks + (int)reader.BytesConsumed;
            message = Of(document.RootElement);
            return true;
        }
    }

    private static EngineMessage? Of(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new JsonException("one of its messages is no object");
        string? error = Text(root, "error")
            ?? (root.TryGetProperty("errorDetail", out JsonElement detail) && detail.ValueKind == JsonValueKind.Object ? Text(detail, "message") : null);
        string? id = root.TryGetProperty("aux", out JsonElement aux) && aux.ValueKind == JsonValueKind.Object ? TextOf(aux, "ID") : null;
        string? status = TextOf(root, "status");
        string? text = TextOf(root, "stream") ?? (status is not null && TextOf(root, "id") is { } layer ? $"{layer}: {status}" : status);
        return text is null && id is null && error is null ? null : new EngineMessage(text, id, error);

        static string? Text(JsonElement element, string name) => TextOf(element, name) is { Length: > 0 } found ? found : null;
    }

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;
}
