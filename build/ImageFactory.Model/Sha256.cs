using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Model;

/// <summary>A SHA-256 digest as 64 lower-case hex digits.</summary>
[JsonConverter(typeof(Sha256JsonConverter))]
public readonly record struct Sha256
{
    private const int BufferSize = 1 << 20;

    private static readonly byte[] Zeros = new byte[BufferSize / 16];

    private readonly string? hex;

    /// <exception cref="FormatException">The text is not 64 hex digits.</exception>
    public Sha256(string hex)
    {
        if (!IsHex(hex))
            throw new FormatException($"'{hex}' is not a SHA-256 digest: 64 hex digits are expected");
        this.hex = hex.ToLowerInvariant();
    }

    public Sha256(ReadOnlySpan<byte> digest)
        : this(Convert.ToHexStringLower(digest))
    {
    }

    public string Hex => hex ?? throw new InvalidOperationException("the digest was never set");

    public static Sha256 Of(ReadOnlySpan<byte> data) => new(SHA256.HashData(data));

    public static Sha256 Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>Of all that follows in a stream, read in large pieces: the platform's own way reads 4 KiB at a time.</summary>
    public static async Task<Sha256> OfAsync(Stream stream, CancellationToken cancellation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and int read)
                hash.AppendData(buffer, 0, read);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new Sha256(hash.GetHashAndReset());
    }

    public static async Task<Sha256> OfFileAsync(string path, CancellationToken cancellation)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);
        return await Task.Run(() => OfFile(file, cancellation), cancellation).ConfigureAwait(false);
    }

    /// <summary>Of a whole file. Its holes are not read: for each of them the kernel would find memory and fill it with zeros, which takes longer than hashing them.</summary>
    public static Sha256 OfFile(SafeFileHandle file, CancellationToken cancellation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long length = RandomAccess.GetLength(file);
            for (long position = 0; position < length;)
            {
                long data = Math.Min(SparseSeek.NextData(file, position) ?? length, length);
                AppendZeros(hash, data - position, cancellation);
                position = data;
                for (long end = Math.Max(SparseSeek.NextHole(file, data) ?? length, data + 1); position < end;)
                {
                    cancellation.ThrowIfCancellationRequested();
                    int read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(BufferSize, end - position)), position);
                    if (read == 0)
                        return new Sha256(hash.GetHashAndReset());
                    hash.AppendData(buffer, 0, read);
                    position += read;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new Sha256(hash.GetHashAndReset());
    }

    public static bool IsHex(string? text) => text is { Length: 64 } && text.All(char.IsAsciiHexDigit);

    public override string ToString() => hex ?? "";

    private static void AppendZeros(IncrementalHash hash, long count, CancellationToken cancellation)
    {
        for (; count > 0; count -= Zeros.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(Zeros, 0, (int)Math.Min(Zeros.Length, count));
        }
    }
}

public sealed class Sha256JsonConverter : JsonConverter<Sha256>
{
    public override Sha256 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.GetString();
        return Sha256.IsHex(text) ? new Sha256(text!) : throw new JsonException("a SHA-256 digest is 64 hex digits");
    }

    public override void Write(Utf8JsonWriter writer, Sha256 value, JsonSerializerOptions options) => writer.WriteStringValue(value.Hex);
}
