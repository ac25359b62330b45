using ImageFactory.Model;

namespace ImageFactory.Build.CommandLine;

/// <summary>What can be wrong with a command line.</summary>
internal static class CommandLineFaults
{
    private const string SeeHelp = "'./build.sh --help' lists what there is";

    public static Fault UnknownOption(string option, string? nearest) =>
        Usage("IFH001", $"there is no option {option}", nearest is null ? SeeHelp : $"did you mean {nearest}?");

    public static Fault UnknownVerb(string verb, string? nearest) =>
        Usage("IFH002", $"there is no verb '{verb}'", nearest is null ? SeeHelp : $"did you mean '{nearest}'?");

    public static Fault UnknownTarget(string target, string? nearest) => Usage(
        "IFH003",
        $"there is no target '{target}'",
        (nearest is null ? "" : $"did you mean {nearest}? ") + "The targets are " + string.Join(", ", Verbs.Targets));

    public static Fault NotTaken(Option option, Verb verb, IReadOnlyList<string> takers) => Usage(
        "IFH004",
        verb.Name.Length == 0 ? $"target {verb.Target} does not take {option}" : $"'{verb}' does not take {option}",
        takers.Count == 0 ? $"{option} is for a run without a verb" : $"{option} belongs to: {string.Join(", ", takers)}");

    public static Fault ValueMissing(Option option) =>
        Usage("IFH005", $"{option} needs a value", $"write {option} {option.Value}");

    public static Fault ValueNotTaken(Option option) =>
        Usage("IFH006", $"{option} takes no value", $"write {option} alone");

    public static Fault GivenTwice(Option option, string first, string second) =>
        Usage("IFH007", $"{option} is given twice, as '{first}' and as '{second}'", "leave one of them out");

    public static Fault BadValue(Option option, string value, string expected) =>
        Usage("IFH008", $"{option} cannot be '{value}'", $"expected is {expected}");

    public static Fault OperandMissing(Verb verb, Operand operand) =>
        Usage("IFH009", $"'{verb}' needs <{operand.Name}>", $"usage: {HelpText.UsageOf(verb)}");

    public static Fault TooMuch(Verb verb, string word) => Usage(
        "IFH010",
        verb.Name.Length == 0 ? $"'{word}' is one word too many" : $"'{verb}' does not take '{word}'",
        $"usage: {HelpText.UsageOf(verb)}");

    public static Fault VerbIncomplete(string word, IReadOnlyList<string> verbs) =>
        Usage("IFH011", $"'{word}' needs another word", $"there are: {string.Join(", ", verbs)}");

    public static Fault NeedsOption(Verb verb, Option option) =>
        Usage("IFH012", $"'{verb}' needs {option}", $"write {option} {option.Value}");

    public static Fault UnknownWord(Verb verb, Operand operand, string word) =>
        Usage("IFH013", $"'{verb}' does not know the {operand.Name} '{word}'", $"there are: {string.Join(", ", operand.Choices)}");

    public static Fault Excluded(Option option, string other) =>
        Usage("IFH014", $"{option} and {other} cannot stand together", "leave one of them out");

    private static Fault Usage(string code, string message, string hint) => new(code, ExitCode.Usage, message) { Hint = hint };
}
