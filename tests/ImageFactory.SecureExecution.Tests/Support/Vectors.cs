using System.Text.Json;

namespace ImageFactory.SecureExecution.Tests.Support;

/// <summary>The golden data beside the test assembly; Vectors/README.md says where they are from.</summary>
internal static class Vectors
{
    public static string Root { get; } = Path.Combine(AppContext.BaseDirectory, "Vectors");

    public static string Se(params string[] parts) => Path.Combine([Root, "se", .. parts]);

    public static string Luks(params string[] parts) => Path.Combine([Root, "luks2", .. parts]);

    public static string Zipl(params string[] parts) => Path.Combine([Root, "zipl", .. parts]);

    public static byte[] SeBytes(params string[] parts) => File.ReadAllBytes(Se(parts));

    public static JsonElement Json(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }

    public static byte[] Hex(this JsonElement element, string property) => Convert.FromHexString(element.GetProperty(property).GetString()!);
}
