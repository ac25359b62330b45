using System.Globalization;
using System.Text.Json.Nodes;

namespace ImageFactory.Assembly.Sbom;

/// <summary>CycloneDX 1.6 in JSON (ECMA-424).</summary>
internal static class CycloneDxWriter
{
    public const string FileName = "sbom.cdx.json";

    private const string Image = "image";

    public static string Write(SbomContent content) => SbomJson.Write(new JsonObject
    {
        ["$schema"] = "http://cyclonedx.org/schema/bom-1.6.schema.json",
        ["bomFormat"] = "CycloneDX",
        ["specVersion"] = "1.6",
        ["serialNumber"] = $"urn:uuid:{content.DocumentId}",
        ["version"] = 1,
        ["metadata"] = Metadata(content),
        ["components"] = new JsonArray([OperatingSystem(content.System), .. content.Packages.Select(p => (JsonNode)Package(p, content.System)), .. content.Files.Select(f => (JsonNode)File(f))]),
        ["dependencies"] = new JsonArray(
            new JsonObject
            {
                ["ref"] = Image,
                ["dependsOn"] = new JsonArray([.. content.Packages.Select(p => (JsonNode)p.Url), .. content.Files.Select(f => (JsonNode)Reference(f)), "os"]),
            }),
        ["compositions"] = new JsonArray(
            new JsonObject { ["aggregate"] = content.NotListed.Count == 0 ? "complete" : "incomplete", ["assemblies"] = new JsonArray(Image) }),
    });

    private static JsonObject Metadata(SbomContent content) => new()
    {
        ["timestamp"] = content.Created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        ["lifecycles"] = new JsonArray(new JsonObject { ["phase"] = "build" }),
        ["tools"] = new JsonObject
        {
            ["components"] = new JsonArray(new JsonObject { ["type"] = "application", ["name"] = "imagefactory", ["version"] = content.ToolVersion }),
        },
        ["component"] = new JsonObject
        {
            ["bom-ref"] = Image,
            ["type"] = "operating-system",
            ["name"] = content.Name,
            ["version"] = content.Image.Hex,
            ["hashes"] = new JsonArray(Hash("SHA-256", content.Image.Hex)),
            ["properties"] = new JsonArray(
            [
                Property("file", content.ImageFile),
                .. content.NotListed.Select(n => (JsonNode)Property("not-listed", n)),
            ]),
        },
    };

    private static JsonObject OperatingSystem(OperatingSystemFacts system) => new()
    {
        ["bom-ref"] = "os",
        ["type"] = "operating-system",
        ["name"] = system.Id,
        ["version"] = system.Version,
        ["description"] = system.Name,
    };

    private static JsonObject Package(SbomPackage package, OperatingSystemFacts system)
    {
        JsonObject component = new()
        {
            ["bom-ref"] = package.Url,
            ["type"] = "library",
            ["supplier"] = new JsonObject { ["name"] = package.Supplier ?? system.Name },
            ["name"] = package.Name,
            ["version"] = package.Version,
        };
        if (package.Licence is { } licence)
            component["licenses"] = new JsonArray(new JsonObject { ["expression"] = licence });
        else if (package.LicenceWords is { } words)
            component["licenses"] = new JsonArray(new JsonObject { ["license"] = new JsonObject { ["name"] = words } });
        component["purl"] = package.Url;
        component["properties"] = new JsonArray(Property("source", $"{package.Source.Name} {package.Source.Version}"));
        return component;
    }

    private static JsonObject File(SbomFile file) => new()
    {
        ["bom-ref"] = Reference(file),
        ["type"] = "file",
        ["name"] = file.Path,
        ["hashes"] = new JsonArray(Hash("SHA-256", file.Sha256.Hex)),
    };

    private static string Reference(SbomFile file) => "file:" + file.Path;

    private static JsonObject Hash(string algorithm, string content) => new() { ["alg"] = algorithm, ["content"] = content };

    private static JsonObject Property(string name, string value) => new() { ["name"] = "imagefactory:" + name, ["value"] = value };
}
