using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Reporting;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Measurement.Tests.Reporting;

public sealed class ChangeCausesTests
{
    [Fact]
    public void A_word_of_the_command_line_is_caused_by_its_line_of_the_recipe_and_not_by_others()
    {
        MeasurementDiff diff = Explain(
            Change(EventSubject.CommandLine, "kernel command line", "console=ttyS0 quiet", "console=ttyS0 debug"),
            before: [("system.kernelArguments[0]", "quiet", "r.yaml:9:7"), ("agentPolicy", "strict.rego", "r.yaml:4:3")],
            after: [("system.kernelArguments[0]", "debug", "r.yaml:9:7"), ("agentPolicy", "open.rego", "r.yaml:4:3")]);

        Assert.Equal(["r.yaml:9:7: system.kernelArguments[0] was quiet, is debug"], diff.Changes[0].Causes);
    }

    [Fact]
    public void Another_root_hash_is_caused_by_everything_that_shapes_the_root()
    {
        MeasurementDiff diff = Explain(
            Change(EventSubject.Section, "section .cmdline", "roothash=aa quiet", "roothash=bb quiet"),
            before: [("agentPolicy", "strict.rego", "r.yaml:4:3"), ("measurements.trustee", "B", "default")],
            after: [("agentPolicy", "open.rego", "option --policy"), ("payload[0].path", "./agent", "r.yaml:6:5"), ("measurements.trustee", "C", "r.yaml:12:3")],
            inputs: ("packages", 'a', 'b'),
            tools: ("mkfs.erofs", "1.8.1", "1.8.2"));

        Assert.Equal(
            [
                "option --policy: agentPolicy was strict.rego, is open.rego",
                "r.yaml:6:5: payload[0].path was not there, is ./agent",
                "the content of 'packages' changed",
                "mkfs.erofs was 1.8.1, is 1.8.2",
            ],
            diff.Changes[0].Causes);
    }

    [Fact]
    public void What_no_recipe_can_cause_has_no_cause()
    {
        MeasurementDiff diff = Explain(
            Change(EventSubject.Separator, "separator", "a", "b"),
            before: [("agentPolicy", "strict.rego", "r.yaml:4:3")],
            after: [("agentPolicy", "open.rego", "r.yaml:4:3")]);

        Assert.Empty(diff.Changes[0].Causes);
    }

    private static MeasurementDiff Explain(
        EventChange change,
        (string Key, string Value, string Place)[] before,
        (string Key, string Value, string Place)[] after,
        (string Name, char Before, char After)? inputs = null,
        (string Name, string Before, string After)? tools = null) =>
        ChangeCauses.Explain(
            new MeasurementDiff([change], [Register.Pcr(9)]),
            Of(before, inputs is { } i ? [new ManifestInput(i.Name, Digest(i.Before))] : [], tools is { } t ? new() { [t.Name] = t.Before } : []),
            Of(after, inputs is { } j ? [new ManifestInput(j.Name, Digest(j.After))] : [], tools is { } u ? new() { [u.Name] = u.After } : []));

    private static EventChange Change(EventSubject subject, string what, string before, string after) =>
        new(subject, what, Event(subject, what, before), Event(subject, what, after), [Register.Pcr(9)]);

    private static MeasuredEvent Event(EventSubject subject, string what, string text) => new()
    {
        Register = Register.Pcr(9),
        Type = TcgEventType.EventTag,
        Subject = subject,
        What = what,
        Digest = BankDigests.OfAscii(text),
        Text = text,
    };

    private static Manifest Of((string Key, string Value, string Place)[] recipe, ManifestInput[] inputs, Dictionary<string, string> tools) => new()
    {
        Content = new ManifestContent
        {
            Recipe = "podvm",
            RecipeDigest = Digest('0'),
            Architecture = Architecture.X64,
            SourceDateEpoch = 0,
            Debug = false,
            Artifacts = [],
            Disk = null!,
            Root = null!,
            AgentPolicy = null!,
            Inputs = inputs,
            Tools = tools,
            Stages = new Dictionary<string, Sha256>(),
        },
        Run = new ManifestRun
        {
            Started = DateTimeOffset.UnixEpoch,
            Seconds = 0,
            FactoryVersion = "1",
            Stages = [],
            Warnings = [],
            BootCheck = new BootCheckFacts("not-run"),
            Recipe = [.. recipe.Select(r => new ManifestRecipeValue(r.Key, r.Value, r.Place))],
        },
    };

    private static Sha256 Digest(char digit) => new(new string(digit, 64));
}
