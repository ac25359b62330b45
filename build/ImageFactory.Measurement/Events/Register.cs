using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageFactory.Measurement.Events;

/// <summary>A PCR of a TPM (0 to 23) or a run-time measurement register of TDX (0 to 3). As text <c>pcr04</c> or <c>rtmr1</c>.</summary>
[JsonConverter(typeof(RegisterJsonConverter))]
public readonly record struct Register(RegisterKind Kind, int Index)
{
    public static Register Pcr(int index) => new(RegisterKind.Pcr, index);

    public static Register Rtmr(int index) => new(RegisterKind.Rtmr, index);

    /// <exception cref="FormatException">The text is neither.</exception>
    public static Register Parse(string text)
    {
        (RegisterKind kind, string prefix) = text.StartsWith("rtmr", StringComparison.Ordinal) ? (RegisterKind.Rtmr, "rtmr") : (RegisterKind.Pcr, "pcr");
        return text.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? new Register(kind, index)
            : throw new FormatException($"'{text}' is no register: pcr00 to pcr23 and rtmr0 to rtmr3 are");
    }

    public override string ToString() => Kind == RegisterKind.Pcr
        ? string.Create(CultureInfo.InvariantCulture, $"pcr{Index:00}")
        : string.Create(CultureInfo.InvariantCulture, $"rtmr{Index}");
}

public enum RegisterKind
{
    Pcr,
    Rtmr,
}

public sealed class RegisterJsonConverter : JsonConverter<Register>
{
    public override Register Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return Register.Parse(reader.GetString() ?? "");
        }
        catch (FormatException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, Register value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
