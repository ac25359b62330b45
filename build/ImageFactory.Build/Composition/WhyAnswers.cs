using System.Text;
using ImageFactory.Build.Reporting;
using ImageFactory.Model;

namespace ImageFactory.Build.Composition;

/// <summary>Explains the code of a fault from docs/faults.md, which is part of the program.</summary>
internal static class WhyAnswers
{
    private const string Page = "faults.md";
    private const string Mark = "## ";

    /// <exception cref="FactoryException">IFV701: there is no such code.</exception>
    public static Answer Tell(string code)
    {
        Dictionary<string, string> entries = Entries();
        string wanted = code.ToUpperInvariant();
        if (!entries.TryGetValue(wanted, out string? text))
            throw new FactoryException(Unknown(code, NearestName.Of(wanted, entries.Keys)));
        return new Answer($"{wanted}\n\n{text}\n")
        {
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteString("code", wanted);
                json.WriteString("text", text);
                json.WriteEndObject();
            }),
        };
    }

    private static Dictionary<string, string> Entries()
    {
        using Stream stream = typeof(WhyAnswers).Assembly.GetManifestResourceStream(Page)!;
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd().Split("\n" + Mark).Skip(1).Select(e => e.Split("\n\n", 2)).ToDictionary(e => e[0], e => e[1].TrimEnd('\n'), StringComparer.Ordinal);
    }

    private static Fault Unknown(string code, string? nearest) => new("IFV701", ExitCode.Usage, $"there is no fault '{code}'")
    {
        Hint = nearest is null ? "give a code as faults show it, for example IFS103; all are in docs/faults.md" : $"did you mean {nearest}?",
    };
}
