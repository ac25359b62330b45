using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Xml.Linq;
using ImageFactory.Images.Extents;

namespace ImageFactory.Publishing.Aws;

/// <summary>Writes a computed file into an object of S3, in parts, several at once.</summary>
internal sealed class ObjectUpload(AwsClient aws, string bucket, string key)
{
    /// <summary>S3 takes 10000 parts of 5 MiB at least; four of these at once are 64 MiB of memory.</summary>
    private const int LeastPart = 16 << 20;
    private const int MostParts = 10_000;
    private const int AtOnce = 4;

    /// <returns>The id by which the upload is ended when it does not get to its end.</returns>
    public async Task<string> BeginAsync(CancellationToken cancellation)
    {
        XElement answer = await aws.S3XmlAsync("CreateMultipartUpload", HttpMethod.Post, bucket, $"/{key}?uploads", default, cancellation).ConfigureAwait(false);
        return (string)answer.Element("UploadId")!;
    }

    /// <param name="sent">Told of bytes that went out.</param>
    public async Task SendAsync(string upload, IExtentSource file, Action<long> sent, CancellationToken cancellation)
    {
        long part = Math.Max(LeastPart, (file.Length + MostParts - 1) / MostParts);
        int count = (int)((file.Length + part - 1) / part);
        ConcurrentDictionary<int, string> tags = new();
        await Parallel.ForEachAsync(Enumerable.Range(1, count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (number, token) =>
        {
            long offset = (number - 1) * part;
            byte[] bytes = new byte[(int)Math.Min(part, file.Length - offset)];
            file.Read(offset, bytes);
            using HttpResponseMessage answer = await aws.S3Async(
                "UploadPart", HttpMethod.Put, bucket, string.Create(CultureInfo.InvariantCulture, $"/{key}?partNumber={number}&uploadId={Uri.EscapeDataString(upload)}"), bytes, token).ConfigureAwait(false);
            tags[number] = answer.Headers.ETag?.ToString() ?? throw new HttpRequestException("S3 gave no ETag for a part");
            sent(bytes.Length);
        }).ConfigureAwait(false);
        XElement all = new("CompleteMultipartUpload", tags.OrderBy(t => t.Key).Select(t => new XElement("Part", new XElement("PartNumber", t.Key), new XElement("ETag", t.Value))));
        try
        {
            await aws.S3XmlAsync("CompleteMultipartUpload", HttpMethod.Post, bucket, $"/{key}?uploadId={Uri.EscapeDataString(upload)}", Encoding.UTF8.GetBytes(all.ToString(SaveOptions.DisableFormatting)), cancellation).ConfigureAwait(false);
        }
        catch (AwsError e) when (e.Code == "NoSuchUpload")
        {
            // The answer to an earlier attempt was lost; then the object is there.
            using HttpResponseMessage there = await aws.S3Async("HeadObject", HttpMethod.Head, bucket, $"/{key}", default, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Absent is a success.</summary>
    public async Task AbortAsync(string upload, CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage answer = await aws.S3Async("AbortMultipartUpload", HttpMethod.Delete, bucket, $"/{key}?uploadId={Uri.EscapeDataString(upload)}", default, cancellation).ConfigureAwait(false);
        }
        catch (AwsError e) when (e.Status == 404)
        {
        }
    }

    /// <summary>Uploads under this key that were begun and not ended.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(CancellationToken cancellation)
    {
        XElement answer = await aws.S3XmlAsync("ListMultipartUploads", HttpMethod.Get, bucket, $"/?prefix={Uri.EscapeDataString(key)}&uploads", default, cancellation).ConfigureAwait(false);
        return [.. answer.Elements("Upload").Where(u => (string?)u.Element("Key") == key).Select(u => (string)u.Element("UploadId")!)];
    }
}
