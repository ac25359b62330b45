using System.Text;

namespace ImageFactory.Registry.Transport;

/// <summary>Reads the small bodies of answers, never more than is sensible.</summary>
internal static class Bodies
{
    /// <returns>At most <paramref name="most"/> bytes; one more means that the body was longer.</returns>
    public static async Task<byte[]> ReadAsync(HttpResponseMessage answer, int most, CancellationToken cancellation)
    {
        await using Stream body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        using MemoryStream copy = new();
        byte[] buffer = new byte[16 << 10];
        while (copy.Length <= most)
        {
            int read = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, most + 1 - copy.Length)), cancellation).ConfigureAwait(false);
            if (read == 0)
                break;
            copy.Write(buffer, 0, read);
        }

        return copy.ToArray();
    }

    /// <summary>As text, cut where it is too long; an answer that breaks off says what came of it.</summary>
    public static async Task<string> ReadTextAsync(HttpResponseMessage answer, int most, CancellationToken cancellation)
    {
        try
        {
            return Encoding.UTF8.GetString(await ReadAsync(answer, most, cancellation).ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return "";
        }
    }
}
