using System.Globalization;
using System.Text;
using System.Text.Json;
using ImageFactory.SecureExecution.Headers;

namespace ImageFactory.SecureExecution.Reading;

/// <summary>Shows a header: as text, and as JSON with the members of <c>pvimg info</c> (SE format, section 12).</summary>
/// <remarks>With the opened secrets the keys are shown too. That is for the owner's eyes: never for a log.</remarks>
public static class HeaderReport
{
    private static readonly (PlaintextFlags Flag, string Text)[] PlaintextTexts =
    [
        (PlaintextFlags.AllowDump, "allow dumping"),
        (PlaintextFlags.NoComponentEncryption, "no component encryption"),
        (PlaintextFlags.PckmoDea, "DEA and TDEA PCKMO support"),
        (PlaintextFlags.PckmoAes, "AES PCKMO support"),
        (PlaintextFlags.PckmoEcc, "ECC PCKMO support"),
        (PlaintextFlags.PckmoHmac, "HMAC PCKMO support"),
        (PlaintextFlags.BackupTargetKeys, "backup target keys support"),
    ];

    private static readonly (SecretFlags Flag, string Text)[] SecretTexts =
    [
        (SecretFlags.CckExtensionSecretEnforced, "CCK extension secret enforced"),
        (SecretFlags.CckUpdateAllowed, "CCK update allowed"),
    ];

    /// <param name="verified">Whether the tag was tested with the header key.</param>
    /// <param name="full">Sizes, digests and the encrypted data as well.</param>
    public static string ToText(SecureExecutionHeader header, bool verified, bool full)
    {
        StringBuilder text = new();
        text.Append(verified ? "integrity and authenticity verified Secure Execution header\n" : "Secure Execution header\n");
        text.Append("  version: 1\n");
        if (full)
            AppendDetails(text, header);
        text.Append("  key slots:\n");
        foreach (KeySlot slot in header.KeySlots)
            text.Append("    - target key hash: ").Append(slot.Phkh.Hex).Append('\n');
        text.Append("  plaintext control flags:\n");
        foreach ((PlaintextFlags flag, string name) in PlaintextTexts)
        {
            if (header.Flags.HasFlag(flag))
                text.Append("    - ").Append(name).Append('\n');
        }

        if (full)
            text.Append(CultureInfo.InvariantCulture, $"  encrypted data: {Convert.ToBase64String(header.SealedSecrets)}\n");
        text.Append(CultureInfo.InvariantCulture, $"  tag: {Convert.ToHexStringLower(header.Tag)}\n");
        return text.ToString();
    }

    /// <summary>The lines for the secret flags; keys are in the JSON form only.</summary>
    public static string SecretFlagsToText(HeaderSecrets secrets)
    {
        StringBuilder text = new("  secret control flags:\n");
        foreach ((SecretFlags flag, string name) in SecretTexts)
        {
            if (secrets.Flags.HasFlag(flag))
                text.Append("    - ").Append(name).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The whole document, two-space indentation, final newline.</summary>
    /// <param name="secrets">Shown when given; then <paramref name="verified"/> is true by nature.</param>
    /// <param name="version">Of this program.</param>
    public static string ToJson(SecureExecutionHeader header, bool verified, HeaderSecrets? secrets, string version, TimeProvider time)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            DateTimeOffset now = time.GetUtcNow();
            json.WriteStartObject();
            json.WriteStartObject("meta");
            json.WriteNumber("api_level", 1);
            json.WriteString("version", version);
            json.WriteNumber("time_epoch", now.ToUnixTimeSeconds());
            json.WriteString("time", now.ToString("yyyy-MM-dd HH:mm:ss+0000", CultureInfo.InvariantCulture));
            json.WriteEndObject();
            json.WriteStartObject("data");
            WriteData(json, header, verified, secrets);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) + "\n";
    }

    private static void WriteData(Utf8JsonWriter json, SecureExecutionHeader header, bool verified, HeaderSecrets? secrets)
    {
        json.WriteString("kind", secrets is null ? "se_hdr" : "decrypted_se_hdr");
        json.WriteBoolean("verified", verified || secrets is not null);
        json.WriteString("magic_hex", Convert.ToHexStringLower(SecureExecutionHeader.Magic));
        json.WriteString("version", "V1");
        json.WriteNumber("sehs", header.Size);
        json.WriteString("iv_hex", Convert.ToHexStringLower(header.Iv));
        json.WriteNumber("nks", header.KeySlots.Count);
        json.WriteNumber("sea", SecureExecutionHeader.SecretSize);
        json.WriteNumber("nep", header.ComponentPages);
        json.WriteString("pcf_hex", Hex((ulong)header.Flags));
        json.WriteStartObject("cust_pub_key");
        json.WriteString("coord_hex", Convert.ToHexStringLower(header.CustomerKey));
        json.WriteEndObject();
        json.WriteString("pld_hex", Convert.ToHexStringLower(header.PageDigest));
        json.WriteString("ald_hex", Convert.ToHexStringLower(header.AddressDigest));
        json.WriteString("tld_hex", Convert.ToHexStringLower(header.TweakDigest));
        json.WriteStartArray("keyslots");
        foreach (KeySlot slot in header.KeySlots)
        {
            json.WriteStartObject();
            json.WriteString("phkh_hex", slot.Phkh.Hex);
            json.WriteString("wrpk_hex", Convert.ToHexStringLower(slot.WrappedKey));
            json.WriteString("kst_hex", Convert.ToHexStringLower(slot.Tag));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (secrets is null)
            json.WriteBase64String("cipher_data_b64", header.SealedSecrets);
        else
            WriteSecrets(json, secrets);
        json.WriteString("tag_hex", Convert.ToHexStringLower(header.Tag));
    }

    private static void WriteSecrets(Utf8JsonWriter json, HeaderSecrets secrets)
    {
        json.WriteString("cck_hex", Convert.ToHexStringLower(secrets.Cck));
        json.WriteString("xts_hex", Convert.ToHexStringLower(secrets.ImageKey));
        json.WriteStartObject("psw");
        json.WriteString("mask_hex", Hex(secrets.PswMask));
        json.WriteString("addr_hex", Hex(secrets.PswAddress));
        json.WriteEndObject();
        json.WriteString("scf_hex", Hex((ulong)secrets.Flags));
    }

    private static void AppendDetails(StringBuilder text, SecureExecutionHeader header)
    {
        text.Append(CultureInfo.InvariantCulture, $"  size: {header.Size}\n");
        text.Append(CultureInfo.InvariantCulture, $"  component pages: {header.ComponentPages}\n");
        text.Append(CultureInfo.InvariantCulture, $"  customer public key: {Convert.ToBase64String(header.CustomerKey)}\n");
        text.Append(CultureInfo.InvariantCulture, $"  page content list digest: {Convert.ToHexStringLower(header.PageDigest)}\n");
        text.Append(CultureInfo.InvariantCulture, $"  address list digest: {Convert.ToHexStringLower(header.AddressDigest)}\n");
        text.Append(CultureInfo.InvariantCulture, $"  tweak list digest: {Convert.ToHexStringLower(header.TweakDigest)}\n");
    }

    private static string Hex(ulong value) => value.ToString("x16", CultureInfo.InvariantCulture);
}
