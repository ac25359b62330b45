using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.Sbom;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Sbom;

public sealed partial class SbomTests
{
    private const string Status = """
        Package: libstdc++6
        Status: install ok installed
        Architecture: amd64
        Source: gcc-14 (14.2.0-19)
        Version: 14.2.0-19+b1

        Package: removed
        Status: deinstall ok config-files
        Architecture: amd64
        Version: 1

        Package: libstdc--6
        Status: install ok installed
        Architecture: amd64
        Version: 1:2.0

        Package: base-files
        Status: install ok installed
        Architecture: all
        Version: 13.8
        """;

    [Fact]
    public void Packages_are_those_that_are_installed_with_their_sources()
    {
        IReadOnlyList<SbomPackage> packages = DpkgPackages.Read(Root(), Debian);

        Assert.Equal(["base-files", "libstdc++6", "libstdc--6"], packages.Select(p => p.Name));
        Assert.Equal(("gcc-14", "14.2.0-19"), packages[1].Source);
        Assert.Equal(("libstdc--6", "1:2.0"), packages[2].Source);

        // purl specification: '+' is encoded, ':' may stand in a version, qualifiers by name.
        Assert.Equal("pkg:deb/debian/libstdc%2B%2B6@14.2.0-19%2Bb1?arch=amd64&distro=debian-13", packages[1].Url);
        Assert.Equal("pkg:deb/debian/libstdc--6@1:2.0?arch=amd64&distro=debian-13", packages[2].Url);
    }

    [Fact]
    public void A_system_with_thousands_of_packages_is_read()
    {
        FileTree tree = new();
        tree.Put("/var/lib/dpkg/status", TreeEntry.Text(string.Join('\n', Enumerable.Range(0, 3000).Select(i =>
            $"Package: p{i:0000}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {i}\nDescription: {new string('x', 1000)}\n"))));

        Assert.Equal(3000, DpkgPackages.Read(tree, Debian).Count);
        Assert.Equal(3000, RootTreeFacts.Of(tree).Packages);
    }

    [Theory]
    [InlineData("MIT", "MIT")]
    [InlineData("Expat", "MIT")]
    [InlineData("GPL-2+", "GPL-2.0-or-later")]
    [InlineData("GPL-2+ or Artistic", "(GPL-2.0-or-later OR Artistic-1.0-Perl)")]
    [InlineData("GPL-2+ with OpenSSL exception", null)]
    [InlineData("GPL-2+, and Expat", null)]
    [InlineData("public-domain", null)]
    [InlineData("or", null)]
    [InlineData("", null)]
    public void Debian_s_words_for_licences_are_translated_or_left_out(string declared, string? expected) =>
        Assert.Equal(expected, DebianLicences.Expression($"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: x\nLicense: {declared}\n text\n"));

    [Fact]
    public void Licences_of_all_files_hold_together()
    {
        const string Text = "Format: 1.0\n\nFiles: *\nLicense: GPL-2+\n\nFiles: b\nLicense: Expat\n\nFiles: c\nLicense: GPL-2+\n\nLicense: GPL-2+\n On Debian systems\n";

        Assert.Equal("GPL-2.0-or-later AND MIT", DebianLicences.Expression(Text));
        Assert.Null(DebianLicences.Expression("This package was debianized by somebody."));
    }

    [Fact]
    public void What_packages_own_is_found_behind_the_links_of_a_merged_usr()
    {
        IReadOnlyDictionary<string, string> owned = DpkgPackages.Owned(Root());

        Assert.Equal("libstdc++6", owned["/usr/lib/x.so"]);
        Assert.DoesNotContain("/usr/local/bin/kata-agent", owned.Keys);
    }

    [Fact]
    [Trait("needs", "python3-jsonschema")]
    public void Cyclonedx_s_own_schema_accepts_the_document_and_refuses_a_damaged_one()
    {
        using TemporaryFolder folder = new();
        string document = CycloneDxWriter.Write(Content());

        Assert.Equal("", Validate(folder, document));
        Assert.NotEqual("", Validate(folder, document.Replace("\"SHA-256\"", "\"SHA256\"", StringComparison.Ordinal)));
        Assert.NotEqual("", Validate(folder, document.Replace("\"bomFormat\"", "\"format\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_reference_of_the_cyclonedx_document_leads_somewhere_and_is_there_once()
    {
        JsonNode document = JsonNode.Parse(CycloneDxWriter.Write(Content()))!;
        string[] references = [(string)document["metadata"]!["component"]!["bom-ref"]!, .. document["components"]!.AsArray().Select(c => (string)c!["bom-ref"]!)];

        Assert.Equal(references.Length, references.Distinct().Count());
        Assert.All(document["dependencies"]!.AsArray(), d => Assert.Empty(d!["dependsOn"]!.AsArray().Append(d["ref"]).Select(r => (string)r!).Except(references)));
        Assert.Equal("incomplete", (string?)document["compositions"]![0]!["aggregate"]);
    }

    /// <summary>What schema and text of SPDX 2.3 demand, as the specification of the supply chain has it (section 2).</summary>
    [Fact]
    public void The_spdx_document_has_what_its_specification_demands()
    {
        JsonObject document = JsonNode.Parse(SpdxWriter.Write(Content()))!.AsObject();

        Assert.Equal(("SPDXRef-DOCUMENT", "SPDX-2.3", "CC0-1.0"), ((string?)document["SPDXID"], (string?)document["spdxVersion"], (string?)document["dataLicense"]));
        Assert.DoesNotContain('#', (string)document["documentNamespace"]!);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", (string)document["creationInfo"]!["created"]!);
        JsonObject[] elements = [.. document["packages"]!.AsArray().Concat(document["files"]!.AsArray()).Select(e => e!.AsObject())];
        string[] identifiers = ["SPDXRef-DOCUMENT", .. elements.Select(e => (string)e["SPDXID"]!)];
        Assert.Equal(identifiers.Length, identifiers.Distinct().Count());
        Assert.All(identifiers, i => Assert.Matches(Identifier(), i));
        Assert.All(document["packages"]!.AsArray(), p => Assert.NotNull(p!["downloadLocation"]));
        Assert.All(document["files"]!.AsArray(), f => Assert.Equal(["SHA1", "SHA256"], f!["checksums"]!.AsArray().Select(c => (string)c!["algorithm"]!)));
        Assert.All(document["files"]!.AsArray(), f => Assert.StartsWith("./", (string)f!["fileName"]!, StringComparison.Ordinal));
        Assert.Contains(document["relationships"]!.AsArray(), r => (string)r!["relationshipType"]! == "DESCRIBES" && (string)r["spdxElementId"]! == "SPDXRef-DOCUMENT");
        Assert.All(document["relationships"]!.AsArray(), r => Assert.Contains((string)r!["relatedSpdxElement"]!, identifiers));
    }

    /// <summary>The SPDX project's own validator, which holds a document to the specification's text as well as to its form.</summary>
    [Fact]
    [Trait("needs", "pyspdxtools")]
    public void Spdx_s_own_tools_accept_the_document_and_refuse_a_damaged_one()
    {
        using TemporaryFolder folder = new();
        string document = SpdxWriter.Write(Content());

        Assert.Equal("", CheckSpdx(folder, document));
        Assert.Equal("", CheckSpdx(folder, SpdxWriter.Write(Content() with { Files = [] })));
        Assert.Contains("Checksum", CheckSpdx(folder, document.Replace("\"SHA1\"", "\"SHA-1\"", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("SPDXRef-Package-base-files-all", CheckSpdx(folder, document.Replace("\"SPDXRef-Package-base-files-all\",\n   \"name\"", "\"SPDXRef-Gone\",\n   \"name\"", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("LicenseRef-declared-1", CheckSpdx(folder, document.Replace("\"licenseId\": \"LicenseRef-declared-1\"", "\"licenseId\": \"LicenseRef-other\"", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_content_gives_the_same_bytes_and_another_image_another_document()
    {
        SbomContent other = Content() with { Image = new Sha256(new string('b', 64)) };

        Assert.Equal(CycloneDxWriter.Write(Content()), CycloneDxWriter.Write(Content()));
        Assert.Equal(SpdxWriter.Write(Content()), SpdxWriter.Write(Content()));
        Assert.NotEqual(Content().DocumentId, other.DocumentId);
        Assert.Equal(8, other.DocumentId.Version);
        Assert.EndsWith("}\n", SpdxWriter.Write(other), StringComparison.Ordinal);
        Assert.DoesNotContain('\r', SpdxWriter.Write(other));
    }

    private static OperatingSystemFacts Debian => new("debian", "13", "Debian GNU/Linux");

    private static FileTree Root()
    {
        FileTree tree = new();
        tree.Put("/lib", TreeEntry.Link("usr/lib"));
        tree.Put("/usr/lib/x.so", TreeEntry.Text("x"));
        tree.Put("/usr/local/bin/kata-agent", TreeEntry.Text("agent"));
        tree.Put("/var/lib/dpkg/status", TreeEntry.Text(Status));
        tree.Put("/var/lib/dpkg/info/libstdc++6:amd64.list", TreeEntry.Text("/.\n/lib\n/lib/x.so\n/usr/share/gone/file\n"));
        return tree;
    }

    private static SbomContent Content() => new()
    {
        Name = "podvm",
        Image = new Sha256(new string('a', 64)),
        ImageFile = "podvm.qcow2",
        ToolVersion = "0.1.0",
        Created = DateTimeOffset.FromUnixTimeSeconds(1750000000),
        System = Debian,
        Packages = [.. DpkgPackages.Read(Root(), Debian).Select((p, i) => p with
        {
            Licence = i == 1 ? "(GPL-2.0-or-later OR MIT) AND Zlib AND LicenseRef-Fedora-Public-Domain" : null,
            LicenceWords = i == 2 ? "GPLv2+ and MIT" : null,
            Supplier = i == 2 ? "Example, Inc." : null,
        })],
        Files = [new SbomFile("/usr/local/bin/kata-agent", new Sha256(new string('c', 64)), new string('d', 40))],
        NotListed = ["the initrd"],
    };

    /// <summary>What the schema has against a document; empty: nothing.</summary>
    private static string Validate(TemporaryFolder folder, string document)
    {
        string python = Tool.Need("python3");
        Assert.SkipUnless(Tool.Run(python, "-c", "import jsonschema").ExitCode == 0, "python3-jsonschema is not installed");
        File.WriteAllText(folder["sbom.json"], document);
        string own = Path.Combine(AppContext.BaseDirectory, "Sbom");
        (int exit, string output, string errors) = Tool.Run(python, Path.Combine(own, "validate.py"), Path.Combine(own, "Schemas"), folder["sbom.json"]);
        return exit == 0 ? "" : output + errors;
    }

    private static string CheckSpdx(TemporaryFolder folder, string document)
    {
        File.WriteAllText(folder["sbom.spdx.json"], document);
        (int exit, string output, string errors) = Tool.Run(Tool.Need("pyspdxtools"), "--version", "SPDX-2.3", "--infile", folder["sbom.spdx.json"]);
        return exit == 0 ? "" : output + errors;
    }

    [GeneratedRegex("^SPDXRef-[a-zA-Z0-9.-]+$")]
    private static partial Regex Identifier();
}
