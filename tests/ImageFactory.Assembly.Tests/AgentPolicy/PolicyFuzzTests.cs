using System.Diagnostics;
using System.Text;
using ImageFactory.Assembly.AgentPolicy;

namespace ImageFactory.Assembly.Tests.AgentPolicy;

/// <summary>Text from strangers ends in faults or in a table, never in another exception, and soon.</summary>
public sealed class PolicyFuzzTests
{
    private const int Rounds = 60_000;

    /// <summary>Milliseconds are enough; the rest is for machines that are busy with other things. What grows exponentially never ends.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", "(", ")", "\"", "`", "\\", "|", ":=", "=", "==", ",", ";", ":", ".", "\n", "#", "-", "1", "e", "if", " if {", "else", "not", "some", "every",
        "in", "contains", "default", "import", "package", "with", "as", "true", "null", "set()", "input", "data", "ExecProcessRequest", "regex.match(", "\u0000", "é", "🙂", " ", "x", "_", "\"x\"", "0",
    ];

    [Fact]
    public void Sixty_thousand_spoilt_policies_are_read_or_refused()
    {
        string generated = Policies.Data("generated-like.rego");
        string[] seeds =
        [
            "package agent_policy\n" + generated[generated.IndexOf("CopyFileRequest if", StringComparison.Ordinal)..],
            Seed,
            Policies.With("ExecProcessRequest if { regex.match(\"a\", input.a) }"),
        ];
        Random random = new(20261121);
        Stopwatch slowest = new();
        TimeSpan worst = TimeSpan.Zero;
        int read = 0;
        for (int round = 0; round < Rounds; round++)
        {
            string text = Spoil(seeds[round % seeds.Length], random);
            slowest.Restart();
            PolicyInspection inspection = PolicyInspector.Inspect("p", Encoding.UTF8.GetBytes(text), round % 2 == 0 ? "4.1" : "3.20", false);
            worst = slowest.Elapsed > worst ? slowest.Elapsed : worst;

            if ((inspection.Rows.Count == 0 && !inspection.HasErrors) || inspection.Faults.Any(fault => !fault.Code.StartsWith("IFG", StringComparison.Ordinal)))
                Assert.Fail(text);
            read += inspection.Rows.Count > 0 ? 1 : 0;
        }

        // Enough survive parsing for the checks behind it to be tried, too.
        Assert.InRange(read, Rounds / 20, Rounds);
        Assert.True(worst < Soon, $"{worst}");
    }

    [Theory]
    [InlineData("{{", "}}")]
    [InlineData("[x |", "]")]
    [InlineData("{x |", "}")]
    [InlineData("{x: y |", "}")]
    [InlineData("f(", ")")]
    [InlineData("a[", "]")]
    [InlineData("{1: {", "}}")]
    [InlineData("every x in y {", "}")]
    public void Time_grows_with_the_text_and_not_with_its_depth(string open, string close)
    {
        string text = "package agent_policy\np if {" + string.Concat(Enumerable.Repeat(open, 150)) + "1" + string.Concat(Enumerable.Repeat(close, 150)) + "}";
        Stopwatch watch = Stopwatch.StartNew();

        Policies.Inspect(text);

        Assert.True(watch.Elapsed < Soon, $"{watch.Elapsed}");
    }

    [Fact]
    public void A_large_policy_is_read_in_seconds()
    {
        StringBuilder text = new("package agent_policy\ndefault ExecProcessRequest := false\nExecProcessRequest if { input.a in policy_data.a[_].b }\npolicy_data := {\"a\": [\n");
        while (text.Length < 8_000_000)
            text.Append("{\"b\": [\"/bin/ls\", \"-l\"], \"c\": {\"d\": 1, \"e\": \"^x$\"}},\n");
        text.Append("{}]}\n");
        Stopwatch watch = Stopwatch.StartNew();

        PolicyInspection inspection = Policies.Inspect(text.ToString());

        Assert.Equal(PolicyVerdict.Conditional, inspection.Verdict("ExecProcessRequest"));
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), $"{watch.Elapsed}");
    }

    private static string Spoil(string seed, Random random)
    {
        StringBuilder text = new(seed);
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            int at = random.Next(text.Length);
            int length = Math.Min(random.Next(1, 12), text.Length - at);
            switch (random.Next(5))
            {
                case 0:
                    text.Remove(at, length);
                    break;
                case 1:
                    text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 2:
                    text.Insert(at, text.ToString(at, length));
                    break;
                case 3:
                    text[at] = (char)random.Next(1, 0x300);
                    break;
                default:
                    text.Remove(at, length).Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
            }

            if (text.Length == 0)
                text.Append(seed);
        }

        return text.ToString();
    }

    private const string Seed =
        """
        package agent_policy
        import future.keywords
        default ExecProcessRequest := false
        c := {"a": [true, 1, "x"], "b": {"y": null}}
        ExecProcessRequest if { c.a[0]; some x, y in input.xs; not x == y; {1} | {2} == {1, 2} }
        ExecProcessRequest = {"allowed": true, "ops": o} { o := [z | z := input.q[_]; regex.match("a$", z)] } else = false { input.z }
        f(a, [b]) := {k: v | v := a[k]} if { every i, j in b { i < j } } else := set()
        CopyFileRequest contains x if x := input.path with input as {"path": `r`}
        """;
}
