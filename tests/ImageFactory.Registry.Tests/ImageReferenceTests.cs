using FsCheck;
using FsCheck.Fluent;
using ImageFactory.Model;
using ImageFactory.Registry.References;

namespace ImageFactory.Registry.Tests;

public sealed class ImageReferenceTests
{
    private const string Hex = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    /// <summary>The forms of distribution's reference grammar, cut by hand.</summary>
    [Theory]
    [InlineData("quay.io/org/img", "quay.io", "org/img", null, null)]
    [InlineData("quay.io/org/img:v1", "quay.io", "org/img", "v1", null)]
    [InlineData("quay.io/org/img@sha256:" + Hex, "quay.io", "org/img", null, "sha256:" + Hex)]
    [InlineData("quay.io/org/img:v1@sha256:" + Hex, "quay.io", "org/img", "v1", "sha256:" + Hex)]
    [InlineData("host.example:5000/ns/name", "host.example:5000", "ns/name", null, null)]
    [InlineData("host.example:5000/ns/name:tag", "host.example:5000", "ns/name", "tag", null)]
    [InlineData("host.example:5000/ns/name@sha256:" + Hex, "host.example:5000", "ns/name", null, "sha256:" + Hex)]
    [InlineData("host.example:5000/ns/name:tag@sha256:" + Hex, "host.example:5000", "ns/name", "tag", "sha256:" + Hex)]
    [InlineData("localhost/name", "localhost", "name", null, null)]
    [InlineData("localhost:5000/name", "localhost:5000", "name", null, null)]
    [InlineData("[::1]:5000/ns/name:tag", "[::1]:5000", "ns/name", "tag", null)]
    [InlineData("[2001:db8::1]/name", "[2001:db8::1]", "name", null, null)]
    [InlineData("docker.io/name", "docker.io", "library/name", null, null)]
    [InlineData("docker.io/org/name:1", "docker.io", "org/name", "1", null)]
    [InlineData("index.docker.io/name", "docker.io", "library/name", null, null)]
    [InlineData("HOST/name", "HOST", "name", null, null)]
    [InlineData("a.b/c__d/e.f/g-----h:_T", "a.b", "c__d/e.f/g-----h", "_T", null)]
    public void The_grammar_has_these_parts(string text, string host, string repository, string? tag, string? digest)
    {
        ImageReference reference = ImageReference.Parse(text);

        Assert.Equal((host, repository, tag, digest), (reference.Host, reference.Repository, reference.Tag, reference.Digest?.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("name")]
    [InlineData("org/name:tag")]
    [InlineData("library/name")]
    public void A_name_without_a_host_is_refused(string text) => Assert.Equal("IFO102", Refusal(text));

    [Theory]
    [InlineData("quay.io/Org/img")]
    [InlineData("quay.io/org/img:")]
    [InlineData("quay.io/org/img:.v1")]
    [InlineData("quay.io/org/img:v1:v2")]
    [InlineData("quay.io/org//img")]
    [InlineData("quay.io/org/img/")]
    [InlineData("quay.io/")]
    [InlineData("quay.io/-a")]
    [InlineData("quay.io/a..b")]
    [InlineData("quay.io/a___b")]
    [InlineData("quay.io/a._b")]
    [InlineData("quay.io/a@sha256:123")]
    [InlineData("quay.io/a@md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("quay.io/a@sha256:44136FA355B3678A1146AD16F7E8649E94FB4FC21FE77E8310C060F61CAAFF8A")]
    [InlineData("quay.io:0/a")]
    [InlineData("quay.io:65536/a")]
    [InlineData("quay.io:x/a")]
    [InlineData("quay..io/a")]
    [InlineData("-quay.io/a")]
    [InlineData("user@quay.io/a")]
    [InlineData("https://quay.io/a")]
    [InlineData("[::1/a")]
    [InlineData("[::g]/a")]
    [InlineData("quay.io/a b")]
    [InlineData("quay.io/a\nb")]
    [InlineData("quay.io/é")]
    public void What_is_no_reference_is_refused(string text) => Assert.Equal("IFO101", Refusal(text));

    [Fact]
    public void A_tag_has_at_most_128_characters_and_a_name_255()
    {
        Assert.Equal(128, ImageReference.Parse("a.b/c:" + new string('t', 128)).Tag!.Length);
        Assert.Equal("IFO101", Refusal("a.b/c:" + new string('t', 129)));
        Assert.Equal(255, ImageReference.Parse("a.b/" + new string('c', 251)).Name.Length);
        Assert.Equal("IFO101", Refusal("a.b/" + new string('c', 252)));
    }

    [Fact]
    public void Any_text_is_read_or_refused_and_what_is_read_is_written_the_same()
    {
        Gen<char> letters = Gen.Elements("ab0A.:/@-_[]sha256 \n\u00e9".ToCharArray());
        Prop.ForAll(Arb.From(Gen.ListOf(letters).Select(l => "q.io/" + string.Concat(l))), text =>
            !ImageReference.TryParse(text, out ImageReference? reference, out Fault? fault)
                ? fault is not null
                : ImageReference.Parse(reference!.ToString()) == reference).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));
    }

    /// <summary>The table of the job contract 5.1, with its defects mended.</summary>
    [Theory]
    [InlineData("oci::quay.io/org/img:v1::/image/podvm.qcow2", "oci", "quay.io/org/img:v1", "/image/podvm.qcow2")]
    [InlineData("oci::quay.io/org/img", "oci", "quay.io/org/img", "/image/podvm.qcow2")]
    [InlineData("oci::registry.example/org/img@sha256:" + Hex, "oci", "registry.example/org/img@sha256:" + Hex, "/image/podvm.qcow2")]
    [InlineData("oci::registry.example/org/img@sha256:" + Hex + "::/path", "oci", "registry.example/org/img@sha256:" + Hex, "/path")]
    [InlineData("bootc::host.example:5000/ns/name", "bootc", "host.example:5000/ns/name", "/image/podvm.qcow2")]
    [InlineData("bootc::host.example:5000/ns/name:tag", "bootc", "host.example:5000/ns/name:tag", "/image/podvm.qcow2")]
    [InlineData("bootc::host.example:5000/ns/name@sha256:" + Hex, "bootc", "host.example:5000/ns/name@sha256:" + Hex, "/image/podvm.qcow2")]
    [InlineData("oci::[::1]:5000/ns/name::/d.raw", "oci", "[::1]:5000/ns/name", "/d.raw")]
    public void An_image_uri_has_these_parts(string text, string kind, string image, string path)
    {
        PodVmImageUri uri = PodVmImageUri.Parse(text);

        Assert.Equal((kind, image, path), (uri.Kind, uri.Image.ToString(), uri.Path));
        Assert.Equal(uri, PodVmImageUri.Parse(uri.ToString()));
    }

    [Theory]
    [InlineData("quay.io/org/img", "IFO103")]
    [InlineData("docker::quay.io/org/img", "IFO103")]
    [InlineData("", "IFO103")]
    [InlineData("oci::img", "IFO102")]
    [InlineData("oci::quay.io/IMG", "IFO101")]
    [InlineData("oci::quay.io/img::image/podvm.qcow2", "IFO104")]
    [InlineData("oci::quay.io/img::", "IFO104")]
    [InlineData("oci::quay.io/img::/../etc", "IFO104")]
    [InlineData("bootc::quay.io/img::/disk", "IFO104")]
    public void What_is_no_image_uri_is_refused(string text, string code) =>
        Assert.Equal(code, Assert.Throws<FactoryException>(() => PodVmImageUri.Parse(text)).Faults.Single().Code);

    private static string Refusal(string text) => Assert.Throws<FactoryException>(() => ImageReference.Parse(text)).Faults.Single().Code;
}
