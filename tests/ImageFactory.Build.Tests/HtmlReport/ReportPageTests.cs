using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using ImageFactory.Build.HtmlReport;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Build.Tests.HtmlReport;

public class ReportPageTests
{
    private const string Hostile = "</script><img src=x onerror=alert(1)>&\"'";

    private static readonly Sha256 Digest = Sha256.Of("content");

    [Fact]
    public void Names_from_outside_are_text_wherever_they_stand()
    {
        string[] clean = [.. Parse(Manifest("podvm", []), "zlib").Descendants().Select(e => e.Name.LocalName)];
        XDocument page = Parse(Manifest(Hostile, [Hostile]), Hostile);

        // The list of warnings is longer by what says that there are none, by nothing else.
        Assert.Equal(clean.Where(e => e is not ("p" or "ul" or "li")), page.Descendants().Select(e => e.Name.LocalName).Where(e => e is not ("p" or "ul" or "li")));
        Assert.Contains(Hostile, page.Descendants("li").Select(l => l.Value));
        Assert.Contains(Hostile, page.Descendants("table").Single(t => (string?)t.Attribute("id") == "package-table").Descendants("th").Select(t => t.Value));
    }

    [Fact]
    public void Nothing_is_loaded_and_only_our_script_may_run()
    {
        XDocument page = Parse(Manifest("podvm", []), "zlib");

        string policy = page.Descendants("meta").Single(m => (string?)m.Attribute("http-equiv") == "Content-Security-Policy").Attribute("content")!.Value;
        string script = page.Descendants("script").Single().Value;
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.Contains($"script-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain(page.Descendants().Attributes(), a => a.Name.LocalName is "src" or "onclick" or "onload" || (a.Name.LocalName == "href" && !a.Value.StartsWith('#')));
    }

    [Fact]
    public void Every_link_leads_to_a_section_and_every_label_to_its_field()
    {
        XDocument page = Parse(Manifest("podvm", []), "zlib");

        string[] ids = [.. page.Descendants().Attributes("id").Select(a => a.Value)];
        Assert.Equal(ids.Distinct(), ids);
        Assert.Empty(page.Descendants("a").Select(a => a.Attribute("href")!.Value[1..]).Except(ids));
        Assert.Empty(page.Descendants().Attributes().Where(a => a.Name.LocalName is "for" or "aria-labelledby" or "aria-controls").Select(a => a.Value).Except(ids));
        Assert.All(page.Descendants("svg"), s => Assert.Equal("img", (string?)s.Attribute("role")));
        Assert.All(page.Descendants("table"), t => Assert.False(string.IsNullOrEmpty(t.Element("caption")!.Value)));
    }

    [Fact]
    public void The_disk_is_drawn_to_scale()
    {
        XDocument page = Parse(Manifest("podvm", []), "zlib");

        XElement box = page.Descendants("section").Single(s => (string?)s.Attribute("id") == "disk").Descendants("rect").Single(r => (string?)r.Attribute("class") == "box");
        Assert.Equal(("250", "500"), (box.Attribute("x")!.Value, box.Attribute("width")!.Value));
    }

    [Fact]
    public void What_an_encrypted_root_holds_is_not_told_and_failures_are()
    {
        Manifest manifest = Manifest("podvm", []);
        manifest = manifest with
        {
            Content = manifest.Content with { Root = manifest.Content.Root! with { Folders = null } },
            Run = manifest.Run with { FailedPublications = [new FailedPublication("ami eu-central-1", ["IFU101: denied"])] },
        };

        XDocument page = Parse(manifest, "zlib");

        Assert.Contains("is encrypted", page.Descendants("section").Single(s => (string?)s.Attribute("id") == "root").Value, StringComparison.Ordinal);
        XElement destinations = page.Descendants("section").Single(s => (string?)s.Attribute("id") == "destinations");
        Assert.Contains("not there", destinations.Value, StringComparison.Ordinal);
        Assert.Contains("IFU101: denied", destinations.Value, StringComparison.Ordinal);
    }

    private static XDocument Parse(Manifest manifest, string package)
    {
        string sbom = $$$"""{"components":[{"name":"os"},{"name":{{{System.Text.Json.JsonSerializer.Serialize(package)}}},"version":"1.0","purl":"pkg:deb/debian/x@1.0","licenses":[{"license":{"id":"Zlib"}}]}]}""";
        string page = ReportPage.Write(ReportContent.Of(manifest, null, sbom));
        Assert.StartsWith("<!DOCTYPE html>\n", page, StringComparison.Ordinal);
        return XDocument.Parse(page);
    }

    private static Manifest Manifest(string name, string[] warnings) => new()
    {
        Content = new ManifestContent
        {
            Recipe = name,
            RecipeDigest = Digest,
            Architecture = Model.Architecture.X64,
            SourceDateEpoch = 1750000000,
            Debug = false,
            Artifacts = [new ManifestArtifact("podvm.qcow2", "disk", 4096, Digest)],
            Disk = new DiskFacts("qcow2", 4096, Guid.Empty, [new PartitionFacts(name, Guid.Empty, Guid.Empty, 1024, 2048)]),
            Root = new RootFacts(name, 1, 2, 3000, [], []) { Folders = new SortedDictionary<string, long>(StringComparer.Ordinal) { ["/usr"] = 2000, ["/etc"] = 1000 } },
            AgentPolicy = new AgentPolicyFacts(name, "/etc/policy.rego", Digest, "4.1", new Dictionary<string, string> { ["ExecProcessRequest"] = "denied" }),
            Inputs = [new ManifestInput(name, Digest)],
            Tools = new Dictionary<string, string> { ["dpkg"] = "1.0" },
            Stages = new Dictionary<string, Sha256>(),
        },
        Run = new ManifestRun
        {
            Started = DateTimeOffset.UnixEpoch,
            Seconds = 3,
            FactoryVersion = "1.0",
            Stages = [new ManifestStageRun("disk", "", "built", 2) { Start = 1, Bytes = 4096 }],
            Warnings = warnings,
            BootCheck = new BootCheckFacts("not-run", "not asked"),
        },
    };
}
