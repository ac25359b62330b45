using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>Nobody logs in with a password: root is locked, and any other hash is a fault, since a hash in an image is one for everybody.</summary>
internal static class Accounts
{
    public const string Passwd = "/etc/passwd";
    public const string Shadow = "/etc/shadow";
    private const string Locked = "!*";

    /// <summary>The length of a hash by the oldest method, DES: anything shorter is only a mark.</summary>
    private const int ShortestHash = 13;

    public static void LockRoot(FileTree tree)
    {
        if (tree.ReadText(Shadow) is not { } text)
            return;
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string[] fields = lines[i].Split(':');
            if (fields.Length < 2 || fields[0] != "root")
                continue;
            fields[1] = Locked;
            lines[i] = string.Join(':', fields);
        }

        TreeEntry changed = TreeEntry.Text(string.Join('\n', lines));
        string path = tree.Resolve(Shadow)!;
        tree.Change(path, e => e with { Content = changed.Content, ModifiedAt = TreeEntry.AtEpoch });
    }

    public static IReadOnlyList<Fault> Check(FileTree tree) =>
        [.. FindOpen(tree).Select(a => a.HasHash ? SystemFaults.PasswordHash(a.File, a.User) : SystemFaults.NoPassword(a.File, a.User))];

    /// <summary>Accounts that a password opens, or that need none.</summary>
    public static IEnumerable<OpenAccount> FindOpen(FileTree tree)
    {
        foreach (string file in (string[])[Shadow, Passwd])
        {
            foreach ((string user, string password) in Passwords(tree, file))
            {
                bool elsewhere = file == Passwd && password == "x";
                if (!elsewhere && (password.Length == 0 || IsHash(password)))
                    yield return new OpenAccount(file, user, HasHash: password.Length > 0);
            }
        }
    }

    /// <summary>A locked account may still carry a hash behind its mark (<c>usermod -L</c>).</summary>
    private static bool IsHash(string password)
    {
        string bare = password.TrimStart('!', '*');
        return bare.Length == password.Length || bare.Length >= ShortestHash || bare.Contains('$', StringComparison.Ordinal);
    }

    private static IEnumerable<(string User, string Password)> Passwords(FileTree tree, string file) =>
        (tree.ReadText(file) ?? "").Split('\n')
            .Select(l => l.Split(':'))
            .Where(f => f.Length >= 2 && f[0].Length > 0)
            .Select(f => (f[0], f[1]));
}

/// <param name="File">Where it stands.</param>
/// <param name="User">Its name.</param>
/// <param name="HasHash">False when no password is needed at all.</param>
internal sealed record OpenAccount(string File, string User, bool HasHash);
