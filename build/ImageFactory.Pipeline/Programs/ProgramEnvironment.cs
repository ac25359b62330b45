namespace ImageFactory.Pipeline.Programs;

/// <summary>What programs get of the host's environment: nothing that could change the bytes they write.</summary>
public static class ProgramEnvironment
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private static readonly string[] Allowed =
    [
        "PATH", "HOME", "TMPDIR",
        "http_proxy", "https_proxy", "ftp_proxy", "no_proxy",
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    ];

    /// <summary>Picks what is allowed and adds the locale. Tools for administrators are found also by users whose PATH lacks their folders.</summary>
    public static IReadOnlyDictionary<string, string> From(IReadOnlyDictionary<string, string> host)
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal);
        foreach (string name in Allowed)
        {
            if (host.TryGetValue(name, out string? value) && value.Length > 0)
                environment[name] = value;
        }

        string path = environment.GetValueOrDefault("PATH", DefaultPath);
        IEnumerable<string> missing = ((string[])["/usr/sbin", "/sbin"]).Except(path.Split(':'), StringComparer.Ordinal);
        environment["PATH"] = string.Join(':', [path, .. missing]);
        environment.TryAdd("HOME", "/");
        environment["LANG"] = "C.UTF-8";
        return environment;
    }
}
