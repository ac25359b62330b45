using System.Text.Json.Nodes;
using ImageFactory.Assembly.Sbom;

namespace ImageFactory.Assembly.Tests.Sbom;

public sealed class SpdxExpressionTests
{
    /// <summary>Licence fields as packages of Fedora and RHEL have them.</summary>
    [Theory]
    [InlineData("MIT", "MIT")]
    [InlineData("mit", "MIT")]
    [InlineData("GPL-2.0-or-later AND (LGPL-2.1-or-later OR BSD-3-Clause)", "GPL-2.0-or-later AND (LGPL-2.1-or-later OR BSD-3-Clause)")]
    [InlineData("GPL-3.0-or-later WITH GCC-exception-3.1", "GPL-3.0-or-later WITH GCC-exception-3.1")]
    [InlineData("LicenseRef-Fedora-Public-Domain AND ISC", "LicenseRef-Fedora-Public-Domain AND ISC")]
    [InlineData("Apache-1.0+", "Apache-1.0+")]
    [InlineData("GPLv2+", null)]
    [InlineData("MIT and BSD", null)]
    [InlineData("MIT and ISC", null)]
    [InlineData("MIT AND", null)]
    [InlineData("AND MIT", null)]
    [InlineData("(MIT", null)]
    [InlineData("MIT)", null)]
    [InlineData("MIT ISC", null)]
    [InlineData("MIT WITH Apache-2.0", null)]
    [InlineData("Classpath-exception-2.0", null)]
    [InlineData("LicenseRef-", null)]
    [InlineData("", null)]
    public void Expressions_are_told_from_other_words(string text, string? expected) => Assert.Equal(expected, SpdxExpression.Read(text));

    [Fact]
    public void Any_depth_of_brackets_has_an_answer()
    {
        Assert.Null(SpdxExpression.Read(new string('(', 100_000) + "MIT" + new string(')', 100_000)));
        Assert.NotNull(SpdxExpression.Read(new string('(', 20) + "MIT" + new string(')', 20)));
    }

    /// <summary>Words of the grammar in any order: what is taken is its own expression again.</summary>
    [Fact]
    public void What_is_read_reads_as_itself()
    {
        string[] words = ["MIT", "gpl-2.0-only", "AND", "OR", "WITH", "Classpath-exception-2.0", "(", ")", "LicenseRef-x", "and", "é"];
        Random random = new(1);
        int taken = 0;
        for (int i = 0; i < 100_000; i++)
        {
            string text = string.Join(' ', Enumerable.Range(0, random.Next(8)).Select(_ => words[random.Next(words.Length)]));
            if (SpdxExpression.Read(text) is not { } read)
                continue;
            Assert.Equal(read, SpdxExpression.Read(read));
            taken++;
        }

        Assert.InRange(taken, 1000, 90_000);
    }

    [Fact]
    public void Every_name_of_the_list_is_known()
    {
        string schema = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Sbom", "Schemas", "spdx.schema.json"));
        string[] names = [.. JsonNode.Parse(schema)!["enum"]!.AsArray().Select(n => (string)n!)];

        // The schema has licences and exceptions in one list: each is either.
        Assert.All(names, n => Assert.True(SpdxExpression.Read(n) == n ^ SpdxExpression.Read($"MIT WITH {n}") == $"MIT WITH {n}", n));
    }
}
