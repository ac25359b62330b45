using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Registry;

namespace ImageFactory.Publishing;

/// <summary>What publishers get from the host; they know neither environment nor clock nor console.</summary>
public sealed record PublishSurroundings
{
    /// <summary>Azure's shared access signature, the session of an upload to Google, the state of one to a registry.</summary>
    private static readonly HashSet<string> KeyParameters = new(StringComparer.OrdinalIgnoreCase) { "sig", "upload_id", "_state" };

    /// <summary>Credentials and addresses of services come from here, under the names that the providers' own tools use.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required TimeProvider Time { get; init; }

    public required IReporter Reporter { get; init; }

    /// <summary>Threads for work that is bound by computing.</summary>
    public required int Processors { get; init; }

    /// <summary>For the few programs that publishers start.</summary>
    public required IProgramRunner Programs { get; init; }

    /// <summary>Tells the host of a secret that was read or obtained, so that it is masked wherever text is shown.</summary>
    public required Action<Secret> Conceal { get; init; }

    /// <summary>What this machine knows of OCI registries.</summary>
    public RegistrySettings Registries { get; init; } = new();

    /// <summary>Makes the lowest handler of a client: no redirects, no proxies other than the environment's. Tests give one that trusts their certificate.</summary>
    public Func<HttpMessageHandler> Transport { get; init; } = () => new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = 256 };

    /// <summary>An address that works like a key: its query, and by themselves the parts of it that make it one.</summary>
    public void ConcealAddress(string address)
    {
        if (address.IndexOf('?', StringComparison.Ordinal) is not (> 0 and int query))
            return;
        Conceal(new Secret(address[(query + 1)..]));
        foreach (string[] pair in address[(query + 1)..].Split('&').Select(p => p.Split('=', 2)).Where(p => p.Length == 2 && KeyParameters.Contains(p[0])))
        {
            Conceal(new Secret(pair[1]));
            Conceal(new Secret(Uri.UnescapeDataString(pair[1])));
        }
    }

    /// <summary>The value of a variable, or null when it is unset or empty.</summary>
    public string? Variable(string name) => Environment.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
}
