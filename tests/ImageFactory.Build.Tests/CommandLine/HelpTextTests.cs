using ImageFactory.Build.CommandLine;
using ImageFactory.Build.Hosting;
using ImageFactory.Build.Tests.Support;

namespace ImageFactory.Build.Tests.CommandLine;

public sealed class HelpTextTests
{
    public static TheoryData<string> VerbNames => [.. Verbs.All.Select(v => v.Name)];

    [Fact]
    public void The_general_text_is_the_approved_one() => Approved.Equal("help.txt", HelpText.General());

    [Theory]
    [MemberData(nameof(VerbNames))]
    public void The_text_of_a_verb_is_the_approved_one(string name) =>
        Approved.Equal($"help-{name.Replace(' ', '-')}.txt", HelpText.Of(Verbs.All.Single(v => v.Name == name)));

    [Fact]
    public void Everything_fits_in_80_columns()
    {
        IEnumerable<string> texts = Verbs.All.Select(HelpText.Of).Prepend(HelpText.General());

        Assert.DoesNotContain(texts.SelectMany(t => t.Split('\n')), line => line.Length > 80);
    }

    [Fact]
    public void Every_example_is_understood()
    {
        IEnumerable<string> examples = Verbs.All.SelectMany(v => v.Examples);

        Assert.All(examples, example => Assert.Empty(CommandLineParser.Parse(example.Split(' ')).Faults));
    }

    [Fact]
    public void Every_verb_knows_the_options_that_its_help_shows()
    {
        IEnumerable<(Verb Verb, Option Option)> all = Verbs.All.SelectMany(v => v.Options, (verb, option) => (verb, option));

        Assert.All(all, pair => Assert.DoesNotContain(
            CommandLineParser.Parse([.. pair.Verb.Name.Split(' '), pair.Option.Name, .. pair.Option.Value is null ? Array.Empty<string>() : ["value"]]).Faults,
            f => f.Code is "IFH001" or "IFH002"));
    }

    [Fact]
    public void Targets_of_the_verbs_are_the_tasks_there_are() =>
        Assert.Equal(TaskCatalog.Types.Select(TaskCatalog.NameOf).Order(), Verbs.Targets.Order());
}
