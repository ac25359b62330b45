using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ImageFactory.Assembly.Sbom;

/// <summary>SPDX 2.3 in JSON (ISO/IEC 5962 and its successor).</summary>
internal static class SpdxWriter
{
    public const string FileName = "sbom.spdx.json";

    private const string Unknown = "NOASSERTION";
    private const string Document = "SPDXRef-DOCUMENT";
    private const string Image = "SPDXRef-Image";

    /// <summary>Stands between image and files: only a package all of whose files are told may contain files, and those of packages are not told.</summary>
    private const string Files = "SPDXRef-Files";

    public static string Write(SbomContent content)
    {
        (string Id, SbomPackage Package)[] packages = [.. Named(content.Packages)];
        SpdxOwnLicences own = SpdxOwnLicences.Of(content.Packages);
        (string Id, SbomFile File)[] files = [.. content.Files.Select((f, i) => (string.Create(CultureInfo.InvariantCulture, $"SPDXRef-File-{i + 1}"), f))];
        JsonObject document = new()
        {
            ["SPDXID"] = Document,
            ["spdxVersion"] = "SPDX-2.3",
            ["dataLicense"] = "CC0-1.0",
            ["name"] = $"{content.Name} {content.Image}",
            ["documentNamespace"] = $"urn:uuid:{content.DocumentId}",
            ["creationInfo"] = new JsonObject
            {
                ["created"] = content.Created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                ["creators"] = new JsonArray($"Tool: imagefactory-{content.ToolVersion}"),
            },
            ["comment"] = content.NotListed.Count == 0 ? "Everything in the image is listed." : $"Not listed: {string.Join("; ", content.NotListed)}.",
            ["packages"] = new JsonArray([ImageOf(content), .. files.Length == 0 ? Array.Empty<JsonNode>() : [FilesOf(content.Files)], .. packages.Select(p => (JsonNode)PackageOf(p.Id, p.Package, content.System, own))]),
            ["files"] = new JsonArray([.. files.Select(f => (JsonNode)FileOf(f.Id, f.File))]),
            ["relationships"] = new JsonArray(
            [
                Relation(Document, "DESCRIBES", Image),
                .. packages.Select(p => (JsonNode)Relation(Image, "CONTAINS", p.Id)),
                .. files.Length == 0 ? Array.Empty<JsonNode>() : [Relation(Image, "CONTAINS", Files)],
                .. files.Select(f => (JsonNode)Relation(Files, "CONTAINS", f.Id)),
            ]),
        };
        if (own.Declarations.Count > 0)
            document["hasExtractedLicensingInfos"] = new JsonArray([.. own.Declarations.Select(d => (JsonNode)Declaration(d.Key, d.Value))]);
        return SbomJson.Write(document);
    }

    private static JsonObject Declaration(string name, string text) => new() { ["licenseId"] = name, ["extractedText"] = text };

    /// <summary>Names of packages have characters that identifiers must not have; what becomes equal gets a number.</summary>
    private static IEnumerable<(string Id, SbomPackage Package)> Named(IReadOnlyList<SbomPackage> packages)
    {
        Dictionary<string, int> used = new(StringComparer.Ordinal);
        foreach (SbomPackage package in packages)
        {
            string id = "SPDXRef-Package-" + string.Concat($"{package.Name}-{package.Architecture}".Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-'));
            int number = used[id] = used.GetValueOrDefault(id) + 1;
            yield return (number == 1 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}.{number}"), package);
        }
    }

    private static JsonObject ImageOf(SbomContent content) => new()
    {
        ["SPDXID"] = Image,
        ["name"] = content.Name,
        ["versionInfo"] = content.Image.Hex,
        ["packageFileName"] = content.ImageFile,
        ["supplier"] = Unknown,
        ["downloadLocation"] = Unknown,
        ["filesAnalyzed"] = false,
        ["checksums"] = new JsonArray(Checksum("SHA256", content.Image.Hex)),
        ["licenseConcluded"] = Unknown,
        ["licenseDeclared"] = Unknown,
        ["copyrightText"] = Unknown,
        ["primaryPackagePurpose"] = "OPERATING_SYSTEM",
    };

    private static JsonObject FilesOf(IReadOnlyList<SbomFile> files) => new()
    {
        ["SPDXID"] = Files,
        ["name"] = "files that no package brought",
        ["supplier"] = Unknown,
        ["downloadLocation"] = Unknown,
        ["filesAnalyzed"] = true,
        ["packageVerificationCode"] = new JsonObject { ["packageVerificationCodeValue"] = VerificationCode(files) },
        ["licenseConcluded"] = Unknown,
        ["licenseDeclared"] = Unknown,
        ["copyrightText"] = Unknown,
    };

    /// <summary>SHA-1 of the sorted SHA-1 digests of all files, one behind the other (specification, 7.9).</summary>
    private static string VerificationCode(IReadOnlyList<SbomFile> files)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        foreach (string digest in files.Select(f => f.Sha1).Order(StringComparer.Ordinal))
            hash.AppendData(Encoding.ASCII.GetBytes(digest));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static JsonObject PackageOf(string id, SbomPackage package, OperatingSystemFacts system, SpdxOwnLicences own) => new()
    {
        ["SPDXID"] = id,
        ["name"] = package.Name,
        ["versionInfo"] = package.Version,
        ["supplier"] = $"Organization: {package.Supplier ?? system.Name}",
        ["downloadLocation"] = Unknown,
        ["filesAnalyzed"] = false,
        ["licenseConcluded"] = Unknown,
        ["licenseDeclared"] = package.Licence ?? own.NameOf(package) ?? Unknown,
        ["copyrightText"] = Unknown,
        ["sourceInfo"] = $"built from source package {package.Source.Name} {package.Source.Version}",
        ["externalRefs"] = new JsonArray(
            new JsonObject { ["referenceCategory"] = "PACKAGE-MANAGER", ["referenceType"] = "purl", ["referenceLocator"] = package.Url }),
    };

    private static JsonObject FileOf(string id, SbomFile file) => new()
    {
        ["SPDXID"] = id,
        ["fileName"] = "." + file.Path,
        ["checksums"] = new JsonArray(Checksum("SHA1", file.Sha1), Checksum("SHA256", file.Sha256.Hex)),
        ["licenseConcluded"] = Unknown,
        ["copyrightText"] = Unknown,
    };

    private static JsonObject Checksum(string algorithm, string value) => new() { ["algorithm"] = algorithm, ["checksumValue"] = value };

    private static JsonObject Relation(string from, string type, string to) => new() { ["spdxElementId"] = from, ["relationshipType"] = type, ["relatedSpdxElement"] = to };
}
