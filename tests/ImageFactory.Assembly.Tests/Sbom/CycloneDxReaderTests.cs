using System.Text.Json;
using ImageFactory.Assembly.Sbom;

namespace ImageFactory.Assembly.Tests.Sbom;

public sealed class CycloneDxReaderTests
{
    private const string Document = """
        {"components":[
         {"name":"os","type":"operating-system"},
         {"name":"bash","version":"5.2-1","purl":"pkg:deb/debian/bash@5.2-1?arch=amd64&distro=debian-13","licenses":[{"expression":"GPL-3.0-or-later"}]},
         {"name":"less","purl":"pkg:deb/debian/less@1","licenses":[{"license":{"id":"MIT"}},{"license":{"name":"words"}}]}]}
        """;

    [Fact]
    public void Packages_are_the_components_with_package_urls() =>
        Assert.Equal([new ListedPackage("bash", "5.2-1", "amd64", "GPL-3.0-or-later"), new ListedPackage("less", "", "", "MIT, words")], CycloneDxReader.Packages(Document));

    [Fact]
    public void A_damaged_document_is_read_or_refused()
    {
        string[] values = ["null", "1", "\"x\"", "[]", "{}", "[null]", "[1]", "", ","];
        Random random = new(1);
        int refused = 0;
        for (int i = 0; i < 50_000; i++)
        {
            int at = random.Next(Document.Length);
            int length = random.Next(Math.Min(40, Document.Length - at));
            string damaged = Document.Remove(at, length).Insert(at, values[random.Next(values.Length)]);
            try
            {
                CycloneDxReader.Packages(damaged);
            }
            catch (JsonException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 5000, 49_999);
    }
}
