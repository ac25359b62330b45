using System.Text;

namespace ImageFactory.Model;

/// <summary>
/// Something that is wrong, told to a person: what, where, and the way out.
/// The code is three letters for the area and three digits; it is never reused.
/// </summary>
public sealed record Fault(string Code, ExitCode ExitCode, string Message)
{
    /// <summary>The place: <c>file:line:column</c>, a path, a key of the recipe or an address.</summary>
    public string? Where { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Hint { get; init; }

    /// <summary>What another program or service said, verbatim; shown indented below the message.</summary>
    public string? Detail { get; init; }

    /// <summary>A warning is shown and recorded, and does not end the work.</summary>
    public Severity Severity { get; init; } = Severity.Error;

    public Fault At(string? where) => this with { Where = where };

    public Fault AsWarning() => this with { Severity = Severity.Warning };

    /// <summary>The text a person reads: one line, then the detail and the hint, indented.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        if (Where is not null)
            text.Append(Where).Append(": ");
        text.Append(Code).Append(": ");
        if (Severity == Severity.Warning)
            text.Append("warning: ");
        text.Append(Message);
        if (Detail is not null)
        {
            foreach (string line in Detail.TrimEnd('\n', '\r').Split('\n'))
                text.Append("\n    ").Append(line.TrimEnd('\r'));
        }

        if (Hint is not null)
            text.Append("\n  hint: ").Append(Hint);
        return text.ToString();
    }
}

public enum Severity
{
    Error,
    Warning,
}
