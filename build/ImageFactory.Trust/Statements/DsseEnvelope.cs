using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Trust.Keys;

namespace ImageFactory.Trust.Statements;

/// <summary>A signed statement: the envelope of the DSSE specification 1.0, with the signatures as sigstore makes them.</summary>
/// <param name="Payload">What was signed, byte for byte.</param>
/// <param name="Signatures">At least one.</param>
public sealed record DsseEnvelope(string PayloadType, byte[] Payload, IReadOnlyList<byte[]> Signatures)
{
    public const string InTotoType = "application/vnd.in-toto+json";
    public const string MediaType = "application/vnd.dsse.envelope.v1+json";

    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Signs a statement.</summary>
    public static async Task<DsseEnvelope> SignAsync(byte[] statement, ISigner signer, CancellationToken cancellation) =>
        new(InTotoType, statement, [await signer.SignAsync(Encode(InTotoType, statement), cancellation).ConfigureAwait(false)]);

    /// <summary>Pre-authentication encoding: what the signature covers.</summary>
    public static byte[] Encode(string type, ReadOnlySpan<byte> body) =>
        [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"DSSEv1 {Encoding.UTF8.GetByteCount(type)} {type} {body.Length} ")), .. body];

    /// <exception cref="FormatException">It is no envelope.</exception>
    public static DsseEnvelope Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            JsonNode envelope = JsonNode.Parse(json) ?? throw new FormatException("it is empty");
            string type = (string?)envelope["payloadType"] ?? throw new FormatException("it has no payloadType");
            byte[] payload = FromBase64((string?)envelope["payload"] ?? throw new FormatException("it has no payload"));
            byte[][] signatures = [.. (envelope["signatures"]?.AsArray() ?? []).Select(s => FromBase64((string?)s?["sig"] ?? throw new FormatException("a signature is empty")))];
            return signatures.Length > 0 ? new DsseEnvelope(type, payload, signatures) : throw new FormatException("it has no signature");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("it is no envelope in JSON", e);
        }
    }

    /// <summary>Whether one of the signatures was made with this key.</summary>
    public async Task<bool> HoldsAsync(VerificationKey key, CancellationToken cancellation)
    {
        byte[] covered = Encode(PayloadType, Payload);
        foreach (byte[] signature in Signatures)
        {
            if (await key.HoldsAsync(covered, signature, cancellation).ConfigureAwait(false))
                return true;
        }

        return false;
    }

    /// <param name="keyId">A hint for readers; nobody may decide by it.</param>
    public byte[] ToJson(string keyId) => Encoding.UTF8.GetBytes(ToNode(keyId).ToJsonString(Options) + "\n");

    /// <summary>The bundle of sigstore, version 0.3, with a key instead of a certificate and without a transparency log.</summary>
    public byte[] ToBundle(VerificationKey key)
    {
        // Its signature has no key id: the schema has none there.
        JsonObject envelope = ToNode(null);
        return Encoding.UTF8.GetBytes(new JsonObject
        {
            ["mediaType"] = SigstoreBundle.MediaType,
            ["verificationMaterial"] = new JsonObject { ["publicKey"] = new JsonObject { ["hint"] = key.Hint } },
            ["dsseEnvelope"] = envelope,
        }.ToJsonString(Options));
    }

    private JsonObject ToNode(string? keyId) => new()
    {
        ["payloadType"] = PayloadType,
        ["payload"] = Convert.ToBase64String(Payload),
        ["signatures"] = new JsonArray([.. Signatures.Select(s =>
        {
            JsonObject signature = new() { ["sig"] = Convert.ToBase64String(s) };
            if (keyId is not null)
                signature["keyid"] = keyId;
            return (JsonNode)signature;
        })]),
    };

    /// <summary>Standard or URL-safe alphabet: readers must take both.</summary>
    private static byte[] FromBase64(string text)
    {
        string standard = text.Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(standard.PadRight((standard.Length + 3) / 4 * 4, '='));
    }
}

/// <summary>Bundles of sigstore.</summary>
public static class SigstoreBundle
{
    public const string MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json";

    /// <summary>The statement that a bundle makes about an image: that it is signed, no more.</summary>
    public const string SignedType = "https://sigstore.dev/cosign/sign/v1";

    /// <exception cref="FormatException">There is no statement in it.</exception>
    public static DsseEnvelope Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            JsonNode envelope = JsonNode.Parse(json)?["dsseEnvelope"] ?? throw new FormatException("it holds no statement");
            return DsseEnvelope.Parse(Encoding.UTF8.GetBytes(envelope.ToJsonString()));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("it is no bundle in JSON", e);
        }
    }
}
