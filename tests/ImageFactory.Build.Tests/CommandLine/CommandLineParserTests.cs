using ImageFactory.Build.CommandLine;
using ImageFactory.Model;

namespace ImageFactory.Build.Tests.CommandLine;

public sealed class CommandLineParserTests
{
    [Fact]
    public void Nothing_means_the_default_target()
    {
        Invocation call = Understood();

        Assert.Equal("Default", call.Verb.Target);
    }

    [Theory]
    [InlineData("--target", "Plan")]
    [InlineData("--target=Plan")]
    [InlineData("--target=plan")]
    [InlineData("plan")]
    public void A_target_has_one_meaning_in_every_spelling(params string[] arguments) =>
        Assert.Equal("Plan", Understood(arguments).Verb.Target);

    [Fact]
    public void Values_come_after_a_space_or_an_equals_sign_and_may_hold_equals_signs()
    {
        Invocation call = Understood("--set", "a.b=c=d", "--set=e=--f", "--jobs=3");

        Assert.Equal(["a.b=c=d", "e=--f"], call.ValuesOf(Options.Set));
        Assert.Equal("3", call.ValueOf(Options.Jobs));
    }

    [Fact]
    public void Words_of_a_verb_may_stand_among_options_and_after_two_dashes()
    {
        Invocation call = Understood("policy", "--kata", "3.15", "diff", "old.rego", "--", "--new.rego");

        Assert.Equal("policy diff", call.Verb.Name);
        Assert.Equal(["old.rego", "--new.rego"], call.Operands);
    }

    [Theory]
    [InlineData("IFH001", "--recipee", "x.yaml")]
    [InlineData("IFH001", "-r")]
    [InlineData("IFH002", "inspekt", "image")]
    [InlineData("IFH002", "store", "gcc")]
    [InlineData("IFH003", "--target", "Bild")]
    [InlineData("IFH004", "inspect", "image", "--jobs", "2")]
    [InlineData("IFH004", "--filter", "Images")]
    [InlineData("IFH004", "plan", "--target", "Build")]
    [InlineData("IFH005", "--output")]
    [InlineData("IFH005", "--output", "--offline")]
    [InlineData("IFH005", "--output=")]
    [InlineData("IFH006", "--offline=yes")]
    [InlineData("IFH007", "--output", "a", "--output", "b")]
    [InlineData("IFH008", "--jobs", "0")]
    [InlineData("IFH008", "--jobs", "many")]
    [InlineData("IFH008", "--set", "key")]
    [InlineData("IFH008", "--set", "=value")]
    [InlineData("IFH008", "--log", "xml")]
    [InlineData("IFH008", "store", "gc", "--max-size", "big")]
    [InlineData("IFH009", "explain")]
    [InlineData("IFH009", "policy", "diff", "one.rego")]
    [InlineData("IFH010", "plan", "extra")]
    [InlineData("IFH011", "store")]
    [InlineData("IFH012", "store", "gc")]
    public void What_is_wrong_has_a_code_and_ends_with_64(string code, params string[] arguments)
    {
        ParsedCommandLine parsed = CommandLineParser.Parse(arguments);

        Fault fault = Assert.Single(parsed.Faults);
        Assert.Equal(code, fault.Code);
        Assert.Equal(ExitCode.Usage, fault.ExitCode);
        Assert.False(string.IsNullOrEmpty(fault.Hint));
        Assert.Null(parsed.Invocation);
    }

    [Theory]
    [InlineData("--recepi", "--recipe")]
    [InlineData("--of", "--offline")]
    [InlineData("--dry-run", "--dryrun")]
    public void An_unknown_option_gets_the_nearest_as_hint(string given, string meant)
    {
        ParsedCommandLine parsed = CommandLineParser.Parse([given]);

        Assert.Equal($"did you mean {meant}?", Assert.Single(parsed.Faults).Hint);
    }

    [Fact]
    public void The_value_of_a_misspelled_option_is_not_taken_for_a_verb()
    {
        ParsedCommandLine parsed = CommandLineParser.Parse(["--recipie", "my.yaml"]);

        Assert.Equal("IFH001", Assert.Single(parsed.Faults).Code);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        ParsedCommandLine parsed = CommandLineParser.Parse(["--bogus", "--jobs", "x", "--log", "loud", "--target", "Bild"]);

        Assert.Equal(["IFH001", "IFH003", "IFH008", "IFH008"], parsed.Faults.Select(f => f.Code).Order());
    }

    [Fact]
    public void An_option_in_the_wrong_place_names_the_verbs_that_take_it()
    {
        ParsedCommandLine parsed = CommandLineParser.Parse(["doctor", "--max-size", "1G"]);

        Assert.Equal("--max-size belongs to: store gc", Assert.Single(parsed.Faults).Hint);
    }

    [Fact]
    public void Asking_for_help_needs_no_operands() => Assert.True(Understood("policy", "diff", "--help").Has(Options.Help));

    [Fact]
    public void Every_option_belongs_to_a_verb()
    {
        IEnumerable<Option> taken = Verbs.All.SelectMany(v => v.AllOptions).Append(Options.Target);

        Assert.Empty(Options.All.Except(taken));
    }

    private static Invocation Understood(params string[] arguments)
    {
        ParsedCommandLine parsed = CommandLineParser.Parse(arguments);
        Assert.Empty(parsed.Faults);
        return parsed.Invocation!;
    }
}
