using ImageFactory.Model;

namespace ImageFactory.Build.Reporting;

/// <summary>Texts that nobody may read, and how they are made unreadable. The last line of defence: nothing should print them in the first place.</summary>
internal sealed class SecretMask
{
    /// <summary>A shorter one would blot out innocent text everywhere.</summary>
    private const int Shortest = 6;

    private static readonly string[] SecretNames = ["SECRET", "PASSWORD", "PASSWD", "PSWD", "TOKEN", "ACCESS_KEY", "PRIVATE_KEY", "CREDENTIALS", "ACTIVATION_KEY"];

    private readonly Lock gate = new();
    private string[] secrets = [];

    public IReadOnlyList<string> Secrets => Volatile.Read(ref secrets);

    public void Add(Secret secret) => Add(secret.Reveal());

    /// <summary>Each line of the secret by itself, since text is shown line by line.</summary>
    public void Add(string secret)
    {
        lock (gate)
        {
            // The longest first, so that one secret that begins like another leaves no rest behind.
            secrets = [.. secrets.Concat(secret.Split('\n').Select(l => l.Trim())).Where(l => l.Length >= Shortest).Distinct().OrderByDescending(l => l.Length)];
        }
    }

    /// <summary>Values of variables that are secrets by their name, and passwords in proxy addresses.</summary>
    public void AddFrom(IReadOnlyDictionary<string, string> environment)
    {
        foreach ((string name, string value) in environment)
        {
            // A path to a secret is not a secret.
            bool secretName = SecretNames.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase));
            if (secretName && !name.EndsWith("_FILE", StringComparison.OrdinalIgnoreCase) && !value.StartsWith('/'))
                Add(value);
            if (Uri.TryCreate(value, UriKind.Absolute, out Uri? address) && address.UserInfo.Split(':', 2) is [_, { Length: > 0 } password])
                Add(password);
        }
    }

    public string Apply(string text)
    {
        foreach (string secret in Volatile.Read(ref secrets))
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        return text;
    }
}
