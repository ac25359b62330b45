using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>Every fault about where a policy comes from and the form it comes in.</summary>
internal static class SourceFaults
{
    public static Fault Unreadable(string path, string reason) =>
        new("IFG101", ExitCode.MissingInput, $"the agent policy '{path}' cannot be read: {reason}")
        { Hint = "give the path of a Rego file, relative to the recipe that names it" };

    public static Fault NotBase64() =>
        Input("IFG102", "the agent policy is not standard base64")
        with
        { Hint = "make it with 'base64 -w0 policy.rego'" };

    public static Fault Base64WithLineBreaks() =>
        Input("IFG103", "the base64 of the agent policy has line breaks or spaces, which the reference's scripts cut off")
        with
        { Hint = "make it with 'base64 -w0 policy.rego'" };

    public static Fault Gzip() =>
        Input("IFG104", "the agent policy is compressed with gzip; the agent reads plain text")
        with
        { Hint = "unpack it with 'gunzip'" };

    public static Fault Initdata() =>
        Input("IFG105", "this is initdata (TOML), not an agent policy")
        with
        { Hint = "give the Rego text of its member 'policy.rego'; initdata itself belongs to the pod, not to the image" };

    public static Fault ByteOrderMark() =>
        Input("IFG106", "the agent policy begins with a byte order mark, which the agent cannot parse")
        with
        { Hint = "save it as UTF-8 without BOM" };

    public static Fault CarriageReturns() =>
        Input("IFG107", "the agent policy has Windows line ends (CRLF), which the agent cannot be relied on to parse")
        with
        { Hint = "save it with line ends LF: 'sed -i s/\\\\r$// policy.rego'" };

    public static Fault NotUtf8() =>
        Input("IFG108", "the agent policy is not UTF-8 text")
        with
        { Hint = "give the Rego text itself" };

    public static Fault TooLarge(long bytes, long limit) =>
        Input("IFG109", $"the agent policy has {bytes} bytes; the agent loads at most {limit}")
        with
        { Hint = "split the data over pods, or take out what no rule reads" };

    public static Fault TooManyLines(int lines, int limit) =>
        Input("IFG110", $"the agent policy has {lines} lines; the agent loads at most {limit}")
        with
        { Hint = "write the data without line breaks between its members" };

    public static Fault LineTooLong(int columns, int limit) =>
        Input("IFG111", $"the line has {columns} columns; the agent loads at most {limit}")
        with
        { Hint = "break the line" };

    public static Fault SeveralSources(IReadOnlyList<string> keys) =>
        Input("IFG112", $"the agent policy is given by {string.Join(" and ", keys)}; exactly one is expected")
        with
        { Hint = "keep one of them" };

    public static Fault FileIsBase64() =>
        Input("IFG113", "this is base64, not Rego")
        with
        { Hint = "decode it with 'base64 -d', or give it as agentPolicy.base64" };

    public static Fault BadRelease(string text, KataRelease newest) =>
        Input("IFG121", $"'{text}' is not a release of Kata Containers")
        with
        { Hint = $"write it as {newest}" };

    public static Fault NoPolicyYet(KataRelease release) =>
        Input("IFG122", $"the agent of Kata {release} has no policy; the first that has one is {KataRelease.FirstWithPolicy}")
        with
        { Hint = "take a newer agent, and set agentPolicy.kata to its release" };

    public static Fault UnknownRelease(KataRelease release, KataRelease basis) =>
        Input("IFG123", $"the calls of Kata {release} are not known here; those of {basis} are taken")
        with
        { Hint = "look whether the release added calls: a policy refuses what it does not name", Severity = Severity.Warning };

    private static Fault Input(string code, string message) => new(code, ExitCode.InvalidInput, message);
}
