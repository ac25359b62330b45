using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy.Cases;

/// <summary>What can be wrong with cases for a policy, and with what evaluates them.</summary>
internal static class CaseFaults
{
    private const string Shape = "a case is { \"name\": …, \"request\": \"ExecProcessRequest\", \"input\": { … }, \"expect\": \"allow\" or \"deny\" }";

    public static Fault Unreadable(string path, string why) =>
        new("IFG401", ExitCode.MissingInput, $"the cases cannot be read: {why}")
        {
            Where = path,
            Hint = "name a file, or a folder with files *.json, with --cases; without it the file beside the policy is taken, policy.cases.json of policy.rego",
        };

    public static Fault NoJson(string place, string why) => Input("IFG402", place, $"the cases are not JSON: {why}", "mend the JSON at that place");

    public static Fault NoList(string place) => Input("IFG403", place, "a list of cases is expected here", $"write [ … ]; {Shape}");

    public static Fault NoObject(string place) => Input("IFG404", place, "a case is expected here", Shape);

    public static Fault Missing(string place, string key) => Input("IFG405", place, $"the case has no '{key}'", Shape);

    public static Fault Unknown(string place, string key) => Input("IFG406", place, $"a case has no key '{key}'", Shape);

    public static Fault Twice(string place, string key) => Input("IFG407", place, $"'{key}' is here a second time", "keep one of them");

    public static Fault NoText(string place, string key) => Input("IFG408", place, $"'{key}' must be a text that is not empty", Shape);

    public static Fault BadExpectation(string place, string found) => Input("IFG409", place, $"a policy cannot be expected to '{found}'", "write \"allow\" or \"deny\"");

    public static Fault BadInput(string place, string why) => Input("IFG410", place, $"the input cannot be a request: {why}", "give the request as an object, as the agent has it: { \"process\": { \"Args\": [\"sh\"] } }");

    public static Fault UnknownRequest(string place, string request, string? nearest, string release) => Input(
        "IFG411", place, $"the agent of Kata {release} asks no rule '{request}'", nearest is null ? "'./build.sh policy show' lists the calls" : $"did you mean {nearest}?");

    public static Fault None(string path) => Input("IFG412", path, "there is no case", Shape);

    public static Fault NoEngine(IReadOnlyList<string> looked) =>
        new("IFG421", ExitCode.Unavailable, "no program that evaluates Rego is on PATH")
        {
            Detail = looked.Count == 0 ? null : string.Join('\n', looked),
            Hint = "install cosign 3 (Debian: package cosign of sid), or put opa or regorus on PATH",
        };

    public static Fault Refused(string policy, string engine, string said) =>
        new("IFG422", ExitCode.InvalidInput, $"{engine} cannot evaluate the policy")
        {
            Where = policy,
            Detail = said,
            Hint = "mend what it says; './build.sh policy check' says what the agent would not take",
        };

    private static Fault Input(string code, string place, string message, string hint) => new(code, ExitCode.InvalidInput, message) { Where = place, Hint = hint };
}
