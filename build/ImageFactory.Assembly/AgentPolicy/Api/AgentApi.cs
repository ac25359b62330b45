using System.Text.Json;

namespace ImageFactory.Assembly.AgentPolicy.Api;

/// <summary>The agent's calls by release of Kata Containers, read from <c>agent-api.json</c> beside this file.</summary>
internal sealed class AgentApi
{
    /// <summary>Asked once after each load; when true, a refusal and a missing rule are both let pass.</summary>
    public const string PseudoRule = "AllowRequestsFailingPolicy";

    private readonly IReadOnlyList<(KataRelease First, KataRelease Last)> released;
    private readonly KataRelease regoV1Since;

    private AgentApi(JsonElement root)
    {
        released = [.. root.GetProperty("released").EnumerateArray().Select(r => (Release(r, "first")!.Value, Release(r, "last")!.Value))];
        regoV1Since = Release(root, "regoV1Since")!.Value;
        Calls = [.. root.GetProperty("calls").EnumerateArray().Select(Call).OrderBy(c => c.Name, StringComparer.Ordinal)];
        DeadNames = Texts(root, "dead");
        BuiltIns = Texts(root, "builtIns");
        AbsentBuiltIns = Texts(root, "absentBuiltIns");
    }

    public static AgentApi Known { get; } = Load();

    /// <summary>Every call of every release, by name.</summary>
    public IReadOnlyList<AgentCall> Calls { get; }

    /// <summary>Names that shipped policies carry although no release asks for them.</summary>
    public IReadOnlyList<string> DeadNames { get; }

    /// <summary>Functions that the agent's engine has.</summary>
    public IReadOnlyList<string> BuiltIns { get; }

    /// <summary>Functions that other engines have and the agent's build leaves out; a dot at the end stands for a family.</summary>
    public IReadOnlyList<string> AbsentBuiltIns { get; }

    public KataRelease Newest => released[^1].Last;

    /// <summary>Every release with a policy whose calls are known, oldest first.</summary>
    public IEnumerable<KataRelease> Releases =>
        released.SelectMany(range => Enumerable.Range(range.First.Minor, range.Last.Minor - range.First.Minor + 1).Select(minor => range.First with { Minor = minor }));

    public bool IsKnown(KataRelease release) => released.Any(range => range.First <= release && release <= range.Last);

    /// <summary>What is known of a release; of one that is not known, what is known of the newest before it.</summary>
    public AgentApiRelease Of(KataRelease release)
    {
        KataRelease basis = Releases.Last(known => known <= release);
        return new(release, basis, release >= regoV1Since, [.. Calls.Where(call => call.IsIn(basis))]);
    }

    private static AgentApi Load()
    {
        using Stream data = typeof(AgentApi).Assembly.GetManifestResourceStream("agent-api.json")!;
        using JsonDocument document = JsonDocument.Parse(data);
        return new AgentApi(document.RootElement);
    }

    private static AgentCall Call(JsonElement call) =>
        new(call.GetProperty("name").GetString()!, Texts(call, "rpcs"), Release(call, "since")!.Value)
        {
            Until = Release(call, "until"),
            InAllowAllSince = Release(call, "inAllowAllSince"),
            Risk = call.TryGetProperty("risk", out JsonElement risk) ? risk.GetString() : null,
        };

    private static string[] Texts(JsonElement parent, string name) => [.. parent.GetProperty(name).EnumerateArray().Select(n => n.GetString()!)];

    private static KataRelease? Release(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement value) ? KataRelease.Parse(value.GetString()!) : null;
}
