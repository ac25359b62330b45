using System.Diagnostics;
using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Recipes.Tests;

public sealed class HostileRecipeTests : IDisposable
{
    /// <summary>Generous for a machine that does other work; a bomb that goes off takes minutes or all memory.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private readonly RecipeFolder folder = new();

    [Fact]
    public void A_billion_laughs_end_at_the_limit_of_values()
    {
        StringBuilder bomb = new("name: a\nbase: { kind: debian }\nl0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for (int i = 1; i < 30; i++)
            bomb.Append($"l{i}: &l{i} [{string.Join(", ", Enumerable.Repeat($"*l{i - 1}", 9))}]\n");

        Assert.Contains("IFR018", CodesWithin(bomb.ToString()));
    }

    [Fact]
    public void A_bomb_of_nested_mappings_ends_at_the_limit_of_values()
    {
        StringBuilder bomb = new("m0: &m0 {a: 1, b: 2, c: 3}\n");
        for (int i = 1; i < 25; i++)
            bomb.Append($"m{i}: &m{i} {{a: *m{i - 1}, b: *m{i - 1}, c: *m{i - 1}}}\n");

        Assert.Contains("IFR018", CodesWithin(bomb.ToString()));
    }

    [Fact]
    public void Aliases_that_only_nest_end_at_the_limit_of_depth()
    {
        StringBuilder chain = new("c0: &c0 [x]\n");
        for (int i = 1; i < 60; i++)
            chain.Append($"c{i}: &c{i} [*c{i - 1}]\n");

        Assert.Contains("IFR017", CodesWithin(chain.ToString()));
    }

    [Theory]
    [InlineData("a: &a [*a]")]
    [InlineData("a: &a {b: *a}")]
    [InlineData("a: *b\nb: &b 1")]
    public void An_alias_of_what_is_not_complete_is_refused(string text) => Assert.Contains("IFR016", CodesWithin(text));

    [Fact]
    public void An_alias_stands_for_what_its_anchor_marks()
    {
        string[] codes = CodesWithin("name: podvm\nbase: { kind: debian, packages: &p [systemd], exclude: *p }");

        Assert.Equal(["IFR308"], codes);
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void Brackets_without_end_are_refused(char bracket) => Assert.Contains("IFR", CodesWithin(new string(bracket, 1_000_000))[0]);

    [Theory]
    [InlineData("- ")]
    [InlineData("? ")]
    public void Lists_and_keys_in_each_other_without_end_are_refused(string opening) =>
        Assert.Contains("IFR", CodesWithin(string.Concat(Enumerable.Repeat(opening, 400_000)))[0]);

    [Fact]
    public void Mappings_that_step_in_line_by_line_are_refused()
    {
        string text = string.Concat(Enumerable.Range(0, 1000).Select(i => $"{new string(' ', i)}a:\n"));

        Assert.Equal(["IFR017"], CodesWithin(text));
    }

    [Theory]
    [InlineData("{0}: 1")]
    [InlineData("? {0}\n: 1")]
    [InlineData("\"{0}\": 1")]
    [InlineData("name: {0}")]
    public void Ten_megabytes_of_key_or_value_are_refused_unread(string form) =>
        Assert.Equal(["IFR004"], CodesWithin(string.Format(null, form, new string('k', 10_000_000))));

    [Theory]
    [InlineData("? {0}\n: 1\n")]
    [InlineData("? \"{0}\"\n: 1\n")]
    public void A_key_that_fits_the_file_but_is_too_long_is_refused_and_shown_short(string form)
    {
        folder.Write("a.yaml", string.Format(null, form, new string('k', 500_000)));

        FactoryException refused = Assert.Throws<FactoryException>(() => folder.Load("a.yaml"));

        Assert.Contains(refused.Faults, f => f.Code == "IFR013");
        Assert.True(refused.Message.Length < 2000);
    }

    [Fact]
    public void Thousands_of_faults_are_cut_short()
    {
        string text = RecipeFolder.Smallest + string.Concat(Enumerable.Range(0, 15_000).Select(i => $"k{i}: 1\n"));

        string[] codes = CodesWithin(text);

        Assert.Equal(101, codes.Length);
        Assert.Equal("IFR299", codes[^1]);
    }

    [Fact]
    public void Large_recipes_that_extend_each_other_take_no_square_of_time()
    {
        string keys = string.Concat(Enumerable.Range(0, 19_000).Select(i => $"k{i}: 1\n"));
        for (int i = 0; i < 4; i++)
            folder.Write($"r{i}.yaml", i == 0 ? keys : $"extends: r{i - 1}.yaml\n{keys}");

        string[] codes = CodesWithin("extends: r3.yaml\n");

        Assert.Equal("IFR299", codes[^1]);
    }

    [Fact]
    public void Many_values_are_refused() =>
        Assert.Equal(["IFR018"], CodesWithin("a: [" + string.Join(",", Enumerable.Repeat("1", 100_000)) + "]"));

    [Theory]
    [InlineData("name: a\0b")]
    [InlineData("name: a\0\nother: 1")]
    [InlineData("name: \u001b[2J")]
    [InlineData("name: a\u007f")]
    public void Control_characters_are_refused(string text) => Assert.Equal(["IFR007"], CodesWithin(text));

    [Fact]
    public void Half_a_character_in_an_escape_is_refused() => Assert.Equal(["IFR008"], CodesWithin(RecipeFolder.Smallest + "description: \"\\ud800\"\n"));

    [Fact]
    public void Half_a_character_from_outside_is_refused() =>
        Assert.Equal("IFR007", folder.FaultOf(RecipeFolder.Smallest, "description=a\ud800").Code);

    [Fact]
    public void A_text_that_is_not_utf8_is_refused_where_it_stops_being()
    {
        folder.Write("a.yaml", [.. "name: ä\nbase: "u8, 0xE4, 0x0A]);

        Fault fault = Assert.Single(Assert.Throws<FactoryException>(() => folder.Load("a.yaml")).Faults);

        Assert.Equal(("IFR006", "a.yaml:2:7"), (fault.Code, fault.Where));
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over()
    {
        folder.Write("a.yaml", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(RecipeFolder.Smallest)]);

        Assert.Equal("podvm", folder.Load("a.yaml").Recipe.Name);
    }

    [Fact]
    public void Utf16_is_refused()
    {
        folder.Write("a.yaml", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(RecipeFolder.Smallest)]);

        Assert.Equal("IFR006", Assert.Throws<FactoryException>(() => folder.Load("a.yaml")).Faults[0].Code);
    }

    [Theory]
    [InlineData("!!python/object/apply:os.system [id]")]
    [InlineData("!secret x")]
    [InlineData("!<tag:yaml.org,2002:str> x")]
    [InlineData("! x")]
    [InlineData("!!binary aGVsbG8=")]
    public void Tags_are_refused(string value) => Assert.Contains("IFR015", CodesWithin(RecipeFolder.Smallest + $"description: {value}\n"));

    [Fact]
    public void Merge_keys_are_refused() => Assert.Contains("IFR014", CodesWithin("name: podvm\nbase: &b { kind: debian }\ndisk:\n  <<: *b\n"));

    [Theory]
    [InlineData("/dev/zero", "IFR005")]
    [InlineData("/dev/null", "IFR005")]
    [InlineData("/", "IFR003")]
    [InlineData("/nowhere/at/all.yaml", "IFR001")]
    public void What_is_no_file_is_not_read(string path, string code)
    {
        FactoryException refused = Assert.Throws<FactoryException>(() => folder.Load(path));

        Assert.Equal(code, refused.Faults[0].Code);
    }

    [Fact]
    public void A_pipe_is_refused_without_waiting_for_a_writer()
    {
        string pipe = Path.Combine(folder.Path, "pipe");
        using (Process mkfifo = Process.Start("mkfifo", [pipe]))
            mkfifo.WaitForExit();

        FactoryException refused = Assert.Throws<FactoryException>(() => folder.Load("pipe"));

        Assert.Equal("IFR005", refused.Faults[0].Code);
    }

    [Theory]
    [InlineData("/etc/../../root/x")]
    [InlineData("/..")]
    [InlineData("../x")]
    [InlineData("etc/x")]
    [InlineData("/etc//x")]
    [InlineData("/etc/./x")]
    [InlineData("/etc/x/")]
    [InlineData("/")]
    [InlineData("")]
    public void A_file_does_not_leave_the_image(string path)
    {
        string text = RecipeFolder.Smallest + $"system: {{ files: [{{ path: \"{path}\", content: x }}] }}\n";

        Assert.Equal(["IFR308"], CodesWithin(text));
    }

    [Fact]
    public void Wrong_types_everywhere_are_all_found_at_once()
    {
        string[] codes = CodesWithin("""
            name: [a]
            description: {a: b}
            architecture: [x86_64]
            base: debian
            payload: {kind: directory}
            agentPolicy: coco
            system: [x]
            disk: 4
            secureBoot: true
            bootCheck: {timeLimit: soon, memory: "1"}
            sourceDateEpoch: 1.5
            """);

        Assert.Equal(12, codes.Length);
        Assert.All(codes, c => Assert.Equal("IFR203", c));
    }

    public void Dispose() => folder.Dispose();

    private string[] CodesWithin(string text)
    {
        folder.Write("a.yaml", text);
        Stopwatch watch = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();

        FactoryException refused = Assert.Throws<FactoryException>(() => folder.Load("a.yaml"));

        Assert.True(watch.Elapsed < Soon, $"it took {watch.Elapsed}");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 256 << 20, "it took more than 256 MiB");
        return [.. refused.Faults.Select(f => f.Code)];
    }
}
