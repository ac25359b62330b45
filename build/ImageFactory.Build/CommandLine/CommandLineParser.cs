using ImageFactory.Model;

namespace ImageFactory.Build.CommandLine;

/// <summary>
/// Reads <c>[verb] [words] [options]</c>. Strict: what is not known is a fault and never ignored, and all faults are told at once.
/// <c>--name value</c> and <c>--name=value</c> are the same; a value that begins with two dashes needs the second form; <c>--</c> ends the options.
/// </summary>
internal sealed class CommandLineParser
{
    private readonly List<Fault> faults = [];
    private readonly List<string> words = [];
    private readonly Dictionary<Option, IReadOnlyList<string>> values = [];

    /// <summary>The options that a name may mean. A verb's own come first: <c>se create</c> has names of another program for itself.</summary>
    private readonly IReadOnlyList<Option> known;

    private CommandLineParser(IReadOnlyList<string> arguments) =>
        known = [.. FindVerbs(arguments).SelectMany(v => v.Options).Concat(Options.All).Distinct()];

    public static ParsedCommandLine Parse(IReadOnlyList<string> arguments)
    {
        CommandLineParser parser = new(arguments);
        parser.Split(arguments);
        Invocation? invocation = parser.Understand();
        return parser.faults.Count > 0 ? new(null, parser.faults) : new(invocation, []);
    }

    /// <summary>Verbs of two words before those of one.</summary>
    private static IEnumerable<Verb> FindVerbs(IReadOnlyList<string> arguments) =>
        arguments.Zip(arguments.Skip(1), (first, second) => $"{first} {second}").Concat(arguments).Select(name => Verbs.All.FirstOrDefault(v => v.Name == name)).OfType<Verb>();

    private void Split(IReadOnlyList<string> arguments)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (argument == "--")
            {
                words.AddRange(arguments.Skip(i + 1));
                return;
            }

            // Scripts ask with the short form, too.
            if (argument == "-h")
                argument = Options.Help.Name;
            if (!argument.StartsWith('-') || argument == "-")
            {
                words.Add(argument);
                continue;
            }

            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? argument : argument[..equals];
            string? value = equals < 0 ? null : argument[(equals + 1)..];
            Option? option = known.FirstOrDefault(o => o.Answers(name));
            if (option is null)
            {
                string? nearest = NearestName.Of(name, known.Select(o => o.Name));
                faults.Add(CommandLineFaults.UnknownOption(name, nearest));

                // Its value must not be taken for a verb: one mistake is one fault.
                if (equals < 0 && known.Any(o => o.Name == nearest && o.Value is not null) && HasValueAt(arguments, i + 1))
                    i++;
                continue;
            }

            if (option.Value is not null && value is null && HasValueAt(arguments, i + 1))
                value = arguments[++i];
            Take(option, value);
        }
    }

    private static bool HasValueAt(IReadOnlyList<string> arguments, int index) =>
        index < arguments.Count && !arguments[index].StartsWith("--", StringComparison.Ordinal);

    private void Take(Option option, string? value)
    {
        if (option.Value is null)
        {
            if (value is not null)
                faults.Add(CommandLineFaults.ValueNotTaken(option));
            values[option] = [];
            return;
        }

        IReadOnlyList<string> before = values.TryGetValue(option, out IReadOnlyList<string>? given) ? given : [];
        if (string.IsNullOrEmpty(value))
            faults.Add(CommandLineFaults.ValueMissing(option));
        else if (option.Expected(value) is { } expected)
            faults.Add(CommandLineFaults.BadValue(option, value, expected));
        else if (before.Count > 0 && !option.Repeatable)
            faults.Add(CommandLineFaults.GivenTwice(option, before[^1], value));
        else
            before = [.. before, value];

        // Also with a wrong value it was given: that it is missing would be a second fault for one mistake.
        values[option] = before;
    }

    private Invocation? Understand()
    {
        Verb? verb = words.Count == 0 ? Run() : Named();
        if (verb is null)
            return null;

        foreach (Option option in values.Keys.Where(o => !verb.AllOptions.Contains(o)))
            faults.Add(CommandLineFaults.NotTaken(option, verb, [.. Verbs.All.Where(v => v.Options.Contains(option)).Select(v => v.Name)]));

        foreach (Option option in values.Keys.Where(o => o.Excludes is { } other && values.Keys.Any(v => v.Name == other)))
            faults.Add(CommandLineFaults.Excluded(option, option.Excludes!));

        int used = verb.Name.Length == 0 ? 0 : verb.Name.Split(' ').Length;
        IReadOnlyList<string> operands = [.. words.Skip(used)];
        if (!values.ContainsKey(Options.Help))
            CheckOperands(verb, operands);
        return new Invocation(verb, values, operands);
    }

    private Verb? Run()
    {
        string asked = values.TryGetValue(Options.Target, out IReadOnlyList<string>? given) && given.Count > 0 ? given[^1] : "Default";
        string? target = Verbs.Targets.FirstOrDefault(t => string.Equals(t, asked, StringComparison.OrdinalIgnoreCase));
        if (target is not null)
            return Verbs.RunOf(target);

        faults.Add(CommandLineFaults.UnknownTarget(asked, NearestName.Of(asked, Verbs.Targets)));
        return null;
    }

    private Verb? Named()
    {
        string first = words[0];
        string two = words.Count > 1 ? $"{first} {words[1]}" : first;
        if (Verbs.All.FirstOrDefault(v => v.Name == two) is { } longVerb)
            return longVerb;
        if (Verbs.All.FirstOrDefault(v => v.Name == first) is { } verb)
            return verb;

        IReadOnlyList<string> family = [.. Verbs.All.Where(v => v.Name.StartsWith(first + " ", StringComparison.Ordinal)).Select(v => v.Name)];
        if (family.Count > 0 && words.Count == 1)
            faults.Add(CommandLineFaults.VerbIncomplete(first, family));
        else if (family.Count > 0)
            faults.Add(CommandLineFaults.UnknownVerb(two, NearestName.Of(two, family) ?? string.Join("' or '", family)));
        else
            faults.Add(CommandLineFaults.UnknownVerb(first, NearestName.Of(first, Verbs.All.SelectMany(v => new[] { v.Name, v.Name.Split(' ')[0] }))));
        return null;
    }

    private void CheckOperands(Verb verb, IReadOnlyList<string> operands)
    {
        for (int i = operands.Count; i < verb.Operands.Count; i++)
        {
            if (!verb.Operands[i].Optional)
                faults.Add(CommandLineFaults.OperandMissing(verb, verb.Operands[i]));
        }

        foreach ((Operand operand, string word) in verb.Operands.Zip(operands).Where(o => o.First.Choices.Count > 0 && !o.First.Choices.Contains(o.Second, StringComparer.Ordinal)))
            faults.Add(CommandLineFaults.UnknownWord(verb, operand, word));

        bool many = verb.Operands.Count > 0 && verb.Operands[^1].Many;
        if (!many)
            faults.AddRange(operands.Skip(verb.Operands.Count).Select(word => CommandLineFaults.TooMuch(verb, word)));
        faults.AddRange(verb.Required.Where(o => !values.ContainsKey(o)).Select(o => CommandLineFaults.NeedsOption(verb, o)));
    }
}
