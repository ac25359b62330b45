namespace ImageFactory.Assembly.Packages;

/// <summary>Finds the Debian mirror that this host itself uses, so that a build inside a company asks the company's mirror.</summary>
public static class HostMirror
{
    public const string PublicKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

    /// <param name="aptFolder">Normally <c>/etc/apt</c>.</param>
    /// <returns>Addresses of the main and the security archive; null for one that this host does not use, as on a host that is no Debian.</returns>
    public static (string? Main, string? Security) Find(string aptFolder)
    {
        string? main = null;
        string? security = null;
        foreach (string address in Addresses(aptFolder))
        {
            string last = address[(address.LastIndexOf('/') + 1)..];
            if (last == "debian-security" || new Uri(address).Host.StartsWith("security.", StringComparison.Ordinal))
                security ??= address;
            else if (last == "debian")
                main ??= address;
        }

        return (main, security);
    }

    private static IEnumerable<string> Addresses(string aptFolder)
    {
        string parts = Path.Combine(aptFolder, "sources.list.d");
        List<string> files = [Path.Combine(aptFolder, "sources.list")];
        if (Directory.Exists(parts))
            files.AddRange(Directory.GetFiles(parts).Order(StringComparer.Ordinal));

        foreach (string file in files.Where(File.Exists))
        {
            bool stanzas = file.EndsWith(".sources", StringComparison.Ordinal);
            foreach (string line in File.ReadLines(file))
            {
                // One-line style: "deb [options] ADDRESS suite component"; stanzas: "URIs: ADDRESS ...".
                bool counts = stanzas ? line.StartsWith("URIs:", StringComparison.OrdinalIgnoreCase) : line.StartsWith("deb ", StringComparison.Ordinal);
                if (!counts)
                    continue;
                foreach (string word in line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
                {
                    if (Uri.TryCreate(word, UriKind.Absolute, out Uri? address) && (address.Scheme is "http" or "https"))
                        yield return word.TrimEnd('/');
                }
            }
        }
    }
}
