using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Checks;

/// <summary>Every fault about what a policy says. Those about its form are in <see cref="SourceFaults"/>, about its grammar in <see cref="Rego.RegoFaults"/>.</summary>
internal static class PolicyFaults
{
    public static Fault Package(string found) =>
        Error("IFG301", found.Length == 0 ? "the policy has no package" : $"the package is '{found}', but the agent asks for 'agent_policy'; every call would be refused")
        with
        { Hint = "begin the policy with 'package agent_policy'" };

    public static Fault NoRule(KataRelease release) =>
        Error("IFG302", $"the policy has no rule for any call of Kata {release}: the agent would refuse everything")
        with
        { Hint = "begin from a preset and change its lines" };

    public static Fault Misnamed(string name, string meant) =>
        Error("IFG303", $"no call is named '{name}'")
        with
        { Hint = $"'{meant}' may be meant; a rule carries the name of the call's request message" };

    public static Fault NoSuchCall(string name, KataRelease release) =>
        Warning("IFG304", $"the agent of Kata {release} has no call named '{name}', so the rule is never asked")
        with
        { Hint = "take the rule out, or set the release that the image's agent has" };

    public static Fault Missing(IReadOnlyList<string> calls, KataRelease release) =>
        Warning("IFG305", $"{Count(calls.Count, "call")} of Kata {release} without a rule, refused with an internal error: {Few(calls)}")
        with
        { Hint = "write 'default <call> := false' (or true) for each, so that the error says what refused it" };

    public static Fault Dead(IReadOnlyList<string> names) =>
        Warning("IFG306", $"no agent asks for {string.Join(", ", names)}; harmless")
        with
        { Hint = "take the lines out" };

    public static Fault SecondDefault(string name) =>
        Error("IFG307", $"'{name}' has more than one default")
        with
        { Hint = "keep one of them" };

    public static Fault Repeated(string name) =>
        Warning("IFG308", $"the same rule for '{name}' is there twice")
        with
        { Hint = "keep one of them" };

    public static Fault BodyWithoutIf(KataRelease release) =>
        Error("IFG311", $"a rule body without 'if': the agent of Kata {release} reads Rego v1, cannot parse this and ends at start")
        with
        { Hint = "write 'if' before the brace, and 'import future.keywords.if' at the top for agents before 3.30" };

    public static Fault KeywordNotImported(string keyword, KataRelease release) =>
        Error("IFG312", $"'{keyword}' is used without its import: the agent of Kata {release} reads Rego v0, where it is a keyword only when imported")
        with
        { Hint = $"add 'import future.keywords.{keyword}' below the package; newer agents accept it too" };

    public static Fault Shadowing(string name, KataRelease release) =>
        Error("IFG313", $"'{name}' is used as a name of the policy's own: the agent of Kata {release} reads Rego v1, refuses this and ends at start")
        with
        { Hint = "choose another name" };

    public static Fault RepeatedImport(string path, KataRelease release) =>
        Error("IFG314", $"'{path}' is imported twice: the agent of Kata {release} reads Rego v1, refuses this and ends at start")
        with
        { Hint = "import it once; rego.v1 already stands for all of future.keywords" };

    public static Fault BareHead(string name) =>
        Error("IFG315", $"the rule '{name}' has neither a value nor a body")
        with
        { Hint = $"write '{name} := true', or what is meant" };

    public static Fault UselessRule(string name) =>
        Warning("IFG321", $"the default of '{name}' is true, which makes this rule useless: when its body fails, the call is allowed all the same")
        with
        { Hint = $"write 'default {name} := false'" };

    public static Fault Conflict(string name, int line) =>
        Error("IFG322", $"'{name}' has one value here and another in line {line}: when both hold, the agent refuses the call with an evaluation error")
        with
        { Hint = $"write 'default {name} := …' for the value that holds otherwise" };

    public static Fault WrongType(string name) =>
        Error("IFG323", $"'{name}' gives a value that is neither a bool nor an object with a bool 'allowed': the agent answers with an error")
        with
        { Hint = "give true, false or {\"allowed\": true, \"ops\": []}" };

    public static Fault NotComplete(string name, string shape) =>
        Error("IFG324", $"'{name}' is {shape}, but the agent asks for one value")
        with
        { Hint = $"write '{name} := …' or '{name} if {{ … }}'" };

    public static Fault SetPolicy(bool isMeasured) =>
        isMeasured
            ? Warning("IFG331", "SetPolicyRequest is allowed: the host may replace this policy after the image was attested, so its measurement says nothing about the policy in force")
                with
            { Hint = "deny SetPolicyRequest, or have the verifier bind the policy through initdata" }
            : Warning("IFG331", "SetPolicyRequest is allowed: the host may replace this policy")
                with
            { Hint = "deny SetPolicyRequest where the policy is to stay" };

    public static Fault Risky(string call, string risk) =>
        Warning("IFG332", $"{call} is allowed without a condition: {risk}")
        with
        { Hint = $"deny {call}, or allow it under a condition" };

    public static Fault CreateContainer(string risk) =>
        Warning("IFG333", $"CreateContainerRequest is allowed without a condition: {risk}, so the policy protects nothing")
        with
        { Hint = "compare the request with the containers that may run, as policies made by genpolicy do" };

    public static Fault PolicyIsOff(bool isCertain) =>
        Warning("IFG334", isCertain
            ? "AllowRequestsFailingPolicy is true: THE POLICY IS OFF, every call is allowed whatever the other rules say"
            : "AllowRequestsFailingPolicy may become true; then THE POLICY IS OFF, and every call is allowed whatever the other rules say")
        with
        { Hint = "take AllowRequestsFailingPolicy out" };

    public static Fault Unanchored(string pattern) =>
        Warning("IFG335", $"the pattern '{Short(pattern)}' matches anywhere in the text")
        with
        { Hint = "begin it with ^ and end it with $, unless a part is to suffice" };

    public static Fault AbsentBuiltIn(string function) =>
        Error("IFG341", $"the agent's engine does not have '{function}', though other engines do: every rule that calls it fails")
        with
        { Hint = "do without it; numbers, strings, regex, bits, base64, json, objects, arrays and sets are there" };

    public static Fault UnknownFunction(string function, string? meant) =>
        Error("IFG342", $"no function is named '{function}'")
        with
        { Hint = meant is null ? "define it in the policy, or correct its name" : $"'{meant}' may be meant" };

    /// <summary>The table has them all; a line of forty names is read by nobody.</summary>
    private static string Few(IReadOnlyList<string> names) =>
        names.Count <= 10 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(8))} and {names.Count - 8} more";

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    private static string Short(string text) => text.Length > 60 ? string.Concat(text.AsSpan(0, 60), "…") : text;

    private static Fault Error(string code, string message) => new(code, ExitCode.InvalidInput, message);

    private static Fault Warning(string code, string message) => Error(code, message).AsWarning();
}
