using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

public sealed class ContainerfileTests
{
    private static readonly Dictionary<string, string> None = [];

    [Fact]
    public void Images_are_found_and_stages_of_the_file_are_not_among_them()
    {
        const string Text = """
            # FROM in.comment/x
            ARG VERSION=9
            ARG UNUSED
            FROM --platform=linux/amd64 quay.example/a/payload:1 AS payload
            FROM registry.example/rhel${VERSION}/bootc:$VERSION-${ARCH:-x} as base
            COPY --from=payload /a /
            COPY --chown=0:0 --from=other.example/b@sha256:0123 /b /
            COPY --from=0 /c /
            from BASE
            RUN <<EOF
            FROM not.one/x
            EOF
            FROM scratch
            """;

        Containerfile file = Containerfile.Parse(Text, "C", None);

        Assert.Equal(
            [("quay.example/a/payload:1", 4), ("registry.example/rhel9/bootc:9-x", 5), ("other.example/b@sha256:0123", 7)],
            file.Images.Select(i => (i.Name, i.Line)));
    }

    [Fact]
    public void Only_the_names_change_when_images_are_pinned()
    {
        const string Text = "FROM \\\n  quay.example/a:1 AS x\n\nCOPY --from=quay.example/a:1 /f /g # no\nRUN echo quay.example/a:1\n";

        string pinned = Containerfile.Parse(Text, "C", None).With(new Dictionary<string, string> { ["quay.example/a:1"] = "quay.example/a@sha256:ff" });

        Assert.Equal("FROM \\\n  quay.example/a@sha256:ff AS x\n\nCOPY --from=quay.example/a@sha256:ff /f /g # no\nRUN echo quay.example/a:1\n", pinned);
    }

    [Fact]
    public void A_build_argument_goes_before_the_default_of_the_file()
    {
        Containerfile file = Containerfile.Parse("ARG BASE=a.example/a\nFROM ${BASE}\n", "C", new Dictionary<string, string> { ["BASE"] = "b.example/b" });

        Assert.Equal(["b.example/b"], file.Images.Select(i => i.Name));
    }

    [Theory]
    [InlineData("RUN true\n", "IFC303", "C")]
    [InlineData("", "IFC303", "C")]
    [InlineData("ARG BASE\nFROM $BASE\n", "IFC302", "C:2")]
    public void What_cannot_be_known_is_a_fault_with_its_line(string text, string code, string where)
    {
        Fault fault = Assert.Throws<FactoryException>(() => Containerfile.Parse(text, "C", None)).Faults.Single();

        Assert.Equal((code, where), (fault.Code, fault.Where));
    }

    [Fact]
    public void No_text_makes_the_reader_fail_in_another_way()
    {
        const string Alphabet = "FROM ARGCOPY--from=${}:-<<EOF\\\n#\" ax@/1";
        Random random = new(7);
        for (int i = 0; i < 20_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 80)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            try
            {
                Containerfile file = Containerfile.Parse("FROM a.example/a\n" + text, "C", None);
                Assert.Equal("FROM a.example/a\n" + text, file.With(None));
            }
            catch (FactoryException e)
            {
                Assert.All(e.Faults, f => Assert.StartsWith("IFC30", f.Code, StringComparison.Ordinal));
            }
        }
    }
}
