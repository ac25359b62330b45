using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Build.Terminal;

/// <summary>
/// The file that Kubernetes takes the reason of a container's end from (<c>kubectl describe pod</c>), at most 4096 bytes of it. It is there only in a container.
/// </summary>
internal static class TerminationMessage
{
    private const string PathVariable = "TERMINATION_MESSAGE_PATH";
    private const string Usual = "/dev/termination-log";
    private const int Longest = 4096;

    public static void Write(IReadOnlyDictionary<string, string> environment, string text)
    {
        string? named = environment.GetValueOrDefault(PathVariable) is { Length: > 0 } path ? path : null;
        if (named is null && !File.Exists(Usual))
            return;
        try
        {
            File.WriteAllText(named ?? Usual, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The same is in the log; a Job does not fail because nobody may write down how it ended.
        }
    }

    /// <summary>The first error in one line: code, message, place, hint.</summary>
    public static string Of(IReadOnlyList<Fault> faults)
    {
        Fault first = faults.FirstOrDefault(f => f.Severity == Severity.Error) ?? faults[0];
        int more = faults.Count(f => f.Severity == Severity.Error) - 1;
        StringBuilder text = new();
        text.Append(first.Code).Append(": ").Append(first.Message);
        if (first.Where is { } where)
            text.Append(" (").Append(where).Append(')');
        if (first.Hint is { } hint)
            text.Append("; hint: ").Append(hint);
        if (more > 0)
            text.Append("; and ").Append(more).Append(" more in the log");
        return Cut(text.ToString().ReplaceLineEndings(" "));
    }

    private static string Cut(string text)
    {
        while (Encoding.UTF8.GetByteCount(text) > Longest)
            text = text[..^1];
        return text;
    }
}
