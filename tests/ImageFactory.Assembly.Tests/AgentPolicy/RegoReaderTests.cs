using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.AgentPolicy;

public sealed class RegoReaderTests
{
    /// <summary>Forms of the language, from the grammar of the Open Policy Agent's documentation. All must be taken.</summary>
    public static TheoryData<string> Forms() =>
    [
        "f(a, b) if { a == b }",
        "f(a) := b if { b := a + 1 }",
        "f(a) = b if { b = a }",
        "f(\"x\") := 1\nf(\"y\") := 2",
        "f([a, b]) := a if { b }",
        "default f(_) := false\nf(1) := true",
        "f(a) := 1 if { a } else := 2 if { not a } else := 3",
        "p contains x if { some x in input.xs }",
        "p contains 1",
        "p[x] := y if { some x, y in input.xs }",
        "p.a.b := 1",
        "p if input.x == 1",
        "p if not input.x",
        "p if some x in input.xs",
        "p if every x in input.xs { x > 1 }",
        "p if {\n  some i\n  input.xs[i] == 1\n}",
        "p if { some i, j; input.xs[i][j] == 1 }",
        "p if { every k, v in input.o { k != v } }",
        "p if { some \"a\", x in input.o; x }",
        "p if { [a, b] := input.pair; a == b }",
        "p if { {\"a\": a} := input.o; a }",
        "p if { x := [y | y := input.xs[_]; y > 1]; count(x) > 0 }",
        "p if { x := {y |\n    some y in input.xs\n    y > 1\n  }\n  count(x) > 0 }",
        "p if { x := {k: v | some k, v in input.o}; count(x) > 0 }",
        "p if { x := {1, 2} | {3}; y := x & {1}; z := x - y; count(z) == 2 }",
        "p if { ({1} | {2}) == {1, 2} }",
        "p if { x := [({1} | {2})]; x }",
        "p if { 1 + 2 * 3 - 4 / 2 % 3 >= -1 }",
        "p if { x := 5 -1; x == 4 }",
        "p if { input.a ==\n  1 }",
        "p if { input.a\n  == 1 }",
        "p if { x := [\n 1,\n 2,\n]; x }",
        "p if { x := {\"a\": 1, \"b\": {}, }; x }",
        "p if { x := set(); x == set() }",
        "p if { 1 in [1]; 0, 1 in [1]; not 2 in [1] }",
        "p if { x := (0, 1 in [1]); x }",
        "p if { count(input.xs, ) == 1 }",
        "p if { contains(input.a, \"b\") }",
        "p if { input.a with input as {\"a\": 1} with data.x as 2 }",
        "p if { data[\"pstate\"].x; data.agent_policy.q }\nq := 1",
        "p if { input[\"a b\"][0].c[input.d].e }",
        "p if { split(input.a, \"/\")[0] == \"x\" }",
        "p if { x := `raw \\ \"string\"\nover lines`; x }",
        "p if { x := \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9 é\"; x }",
        "p if { x := [0, -0.5, 1e3, 1.5E-7]; x }",
        "p := null",
        "p := {\"a\": [1, {\"b\": null}]}",
        "p if { input.a } { input.b }",
        "p if { input.a; # one\n # two\n input.b }",
        "p = 1 if { input.a }\nelse = 2 if { input.b }\nelse = 3",
    ];

    [Theory]
    [MemberData(nameof(Forms))]
    public void The_language_is_read(string rules)
    {
        Assert.Empty(Policies.Inspect(Policies.With(rules)).Errors());
    }

    [Theory]
    [InlineData("p { input.a }\n{ input.b }")]
    [InlineData("p[x] { x := input.xs[_] }")]
    [InlineData("p[k] = v { v := input.o[k] }")]
    [InlineData("f(x) = y { y := x } else = 2 { x == 2 }")]
    [InlineData("p = true { input.a }")]
    public void The_old_dialect_is_read_for_old_agents(string rules)
    {
        Assert.Empty(Policies.Inspect(Policies.With(rules, "3.29"), "3.29").Errors());
    }

    [Theory]
    [InlineData("p := ", "IFG203", 1, 6)]
    [InlineData("p := )", "IFG203", 1, 6)]
    [InlineData("p if { }", "IFG203", 1, 8)]
    [InlineData("p if { input.a input.b }", "IFG203", 1, 16)]
    [InlineData("p if { input.a; }", "IFG203", 1, 17)]
    [InlineData("p if { x == }", "IFG203", 1, 13)]
    [InlineData("p if { not }", "IFG203", 1, 12)]
    [InlineData("p if { [1, 2 }", "IFG203", 1, 14)]
    [InlineData("p if {\n  input.a", "IFG205", 1, 6)]
    [InlineData("p := [1,\n2", "IFG205", 1, 6)]
    [InlineData("p := {\"a\" 1}", "IFG203", 1, 11)]
    [InlineData("p := \"abc\nq := 1", "IFG202", 1, 6)]
    [InlineData("p := `abc", "IFG202", 1, 6)]
    [InlineData("p := \"\\d\"", "IFG202", 1, 7)]
    [InlineData("p := 'a'", "IFG201", 1, 6)]
    [InlineData("p := $\"a\"", "IFG201", 1, 6)]
    [InlineData("p := 01", "IFG202", 1, 6)]
    [InlineData("p := 1x", "IFG202", 1, 7)]
    [InlineData("p := 1e", "IFG202", 1, 6)]
    [InlineData("p ? 1", "IFG201", 1, 3)]
    [InlineData("if := 1", "IFG203", 1, 1)]
    [InlineData("default p", "IFG203", 1, 10)]
    [InlineData("default p := 1 + 1", "IFG203", 1, 16)]
    [InlineData("p := 1\nimport data.x", "IFG203", 2, 1)]
    [InlineData("p if { some x.y }", "IFG203", 1, 17)]
    [InlineData("p if { input .a }", "IFG203", 1, 14)]
    [InlineData("p if { input.a } else", "IFG203", 1, 22)]
    [InlineData("🙂 := 1", "IFG201", 1, 1)]
    public void What_is_not_understood_is_refused_with_line_and_token(string rules, string code, int line, int column)
    {
        string text = Policies.With("\u0001").Replace("\u0001\n", "", StringComparison.Ordinal);
        int before = text.Count(c => c == '\n');

        PolicyInspection inspection = Policies.Inspect(text + rules);

        Fault fault = Assert.Single(inspection.Faults);
        Assert.Equal((code, $"policy.rego:{before + line}:{column}"), (fault.Code, fault.Where));
        Assert.Empty(inspection.Rows);
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('(', ')')]
    [InlineData('{', '}')]
    public void Deep_nesting_is_refused_instead_of_ending_the_process(char open, char close)
    {
        string deep = new string(open, 100_000) + "1" + new string(close, 100_000);

        Assert.Equal(["IFG204"], Policies.Inspect($"package agent_policy\np := {deep}\n", "3.29").Errors());
    }

    [Theory]
    [InlineData("1", " + 1")]
    [InlineData("{1}", " | {1}")]
    [InlineData("1", " in [1]")]
    [InlineData("", "- ")]
    [InlineData("", "not ")]
    public void Long_chains_are_refused_instead_of_ending_the_process(string first, string following)
    {
        string chain = string.Concat(Enumerable.Repeat(following, 20_000));

        string code = Assert.Single(Policies.Inspect($"package agent_policy\np if {{ {first}{chain} 1 }}\n", "3.29").Errors());
        Assert.StartsWith("IFG20", code, StringComparison.Ordinal);
    }

    [Fact]
    public void A_comment_and_a_string_hide_what_looks_like_a_rule()
    {
        PolicyInspection inspection = Policies.Inspect(Policies.With("default ExecProcessRequest := false\n# default ExecProcessRequest := true\np := `\nExecProcessRequest := true\n`\nq := \"{ [ (\" # } ] )"));

        Assert.Equal(PolicyVerdict.Denied, inspection.Verdict("ExecProcessRequest"));
        Assert.Empty(inspection.Errors());
    }
}
