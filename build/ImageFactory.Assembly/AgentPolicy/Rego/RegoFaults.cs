using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Rego;

/// <summary>Every fault of the reader: what it does not understand it refuses, with the place.</summary>
internal static class RegoFaults
{
    public static Fault Character(char found) =>
        Syntax("IFG201", $"the character {Show(found)} has no meaning here")
        with
        { Hint = "write Rego as the Open Policy Agent defines it; text of other kinds goes into strings or comments" };

    public static Fault Literal(string problem) => Syntax("IFG202", problem);

    public static Fault Unexpected(Token found, string wanted) =>
        Syntax("IFG203", $"{wanted} is expected, but {found.Shown} was found")
        with
        { Hint = "correct the line; an agent whose policy cannot be parsed ends at start, and no pod boots" };

    public static Fault TooDeep(int limit) =>
        Syntax("IFG204", $"the expression is nested or chained more than {limit} times")
        with
        { Hint = "move parts of it into rules of their own" };

    public static Fault Unclosed(Token opening) =>
        Syntax("IFG205", $"the bracket {opening.Shown} is never closed");

    private static Fault Syntax(string code, string message) => new(code, ExitCode.InvalidInput, message);

    private static string Show(char found) =>
        char.IsControl(found) || char.IsSurrogate(found) || found > '~'
            ? string.Create(CultureInfo.InvariantCulture, $"U+{(int)found:X4}")
            : $"'{found}'";
}
