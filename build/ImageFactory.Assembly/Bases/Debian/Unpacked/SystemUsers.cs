using System.Globalization;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Bases.Debian.Unpacked;

/// <summary>
/// Makes the accounts of the system: those that base-passwd has always, then those of sysusers.d(5), as <c>systemd-sysusers --root</c> would:
/// lines <c>u NAME ID "GECOS" HOME SHELL</c>, <c>g NAME ID</c> and <c>m USER GROUP</c>. Ids that nobody asks for are given from 999 down, in the
/// order of the files' names, so that they are the same each time.
/// </summary>
internal sealed class SystemUsers
{
    private const int HighestSystemId = 999;

    /// <summary>Days since 1970 of the last change of a password that nobody has; any fixed day serves.</summary>
    private const string Shadow = ":!*:20000::::::";

    private readonly FileTree tree;
    private readonly List<string> users;
    private readonly List<string[]> groups;
    private readonly List<Fault> faults = [];

    private SystemUsers(FileTree tree)
    {
        this.tree = tree;
        // The password field of the master file is '*'; all of them go to shadow.
        users = [.. Lines("/usr/share/base-passwd/passwd.master").Select(l => string.Join(':', l.Split(':').Select((field, i) => i == 1 ? "x" : field)))];
        groups = [.. Lines("/usr/share/base-passwd/group.master").Select(l => l.Split(':')).Where(f => f.Length >= 4).Select(f => (string[])[f[0], "x", f[2], f[3]])];
    }

    /// <exception cref="FactoryException">IFA505: a line that cannot be followed.</exception>
    public static void Make(FileTree tree)
    {
        SystemUsers accounts = new(tree);
        const string Folder = "/usr/lib/sysusers.d";
        foreach (string file in tree.List(Folder).Where(f => f.EndsWith(".conf", StringComparison.Ordinal)))
            accounts.Read($"{Folder}/{file}");
        FactoryException.ThrowIfAny(accounts.faults);
        accounts.Write();
    }

    private void Read(string file)
    {
        foreach (string line in Lines(file).Where(l => l.Length > 0 && l[0] != '#'))
        {
            string[] words = Words(line);
            if (words.Length < 2)
            {
                faults.Add(UnpackingFaults.SystemUser(file, line, "the line has no name"));
                continue;
            }

            switch (words[0].TrimEnd('!'))
            {
                case "u":
                    AddUser(file, line, words);
                    break;
                case "g":
                    AddGroup(words[1], IdOf(file, line, words));
                    break;
                case "m" when words.Length >= 3:
                    AddMember(words[1], words[2]);
                    break;
                case "r":
                    // A range for ids given at run time.
                    break;
                default:
                    faults.Add(UnpackingFaults.SystemUser(file, line, "the line is of no kind that is known"));
                    break;
            }
        }
    }

    private void AddUser(string file, string line, string[] words)
    {
        string name = words[1];
        if (users.Any(u => u.StartsWith(name + ":", StringComparison.Ordinal)))
            return;
        int? wanted = IdOf(file, line, words);
        string idField = words.Length > 2 ? words[2] : "-";
        int colon = idField.IndexOf(':', StringComparison.Ordinal);
        string? group = colon >= 0 ? idField[(colon + 1)..] : null;
        int groupId = group is null ? AddGroup(name, wanted) : int.TryParse(group, CultureInfo.InvariantCulture, out int number) ? number : AddGroup(group, null);
        int id = wanted is { } asked && FreeUser(asked) ? asked : group is null && FreeUser(groupId) ? groupId : Free();
        string gecos = words.Length > 3 && words[3] != "-" ? words[3] : "";
        string home = words.Length > 4 && words[4] != "-" ? words[4] : "/";
        string shell = words.Length > 5 && words[5] != "-" ? words[5] : "/usr/sbin/nologin";
        users.Add(string.Create(CultureInfo.InvariantCulture, $"{name}:x:{id}:{groupId}:{gecos}:{home}:{shell}"));
    }

    private int AddGroup(string name, int? wanted)
    {
        if (groups.FirstOrDefault(g => g[0] == name) is { } existing)
            return int.Parse(existing[2], CultureInfo.InvariantCulture);
        int id = wanted is { } asked && groups.All(g => g[2] != asked.ToString(CultureInfo.InvariantCulture)) ? asked : Free();
        groups.Add([name, "x", id.ToString(CultureInfo.InvariantCulture), ""]);
        return id;
    }

    private void AddMember(string user, string group)
    {
        AddGroup(group, null);
        string[] entry = groups.First(g => g[0] == group);
        string[] members = entry[3].Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (!members.Contains(user))
            entry[3] = string.Join(',', members.Append(user));
    }

    /// <returns>Null for '-', and for a path, whose owner would be asked.</returns>
    private int? IdOf(string file, string line, string[] words)
    {
        string id = (words.Length > 2 ? words[2] : "-").Split(':')[0];
        if (id == "-" || id.StartsWith('/'))
            return null;
        if (int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < 65535)
            return number;
        faults.Add(UnpackingFaults.SystemUser(file, line, $"'{id}' is no id"));
        return null;
    }

    private int Free() => Enumerable.Range(1, HighestSystemId).Reverse().First(id => FreeUser(id) && groups.All(g => g[2] != id.ToString(CultureInfo.InvariantCulture)));

    private bool FreeUser(int id) => users.All(u => u.Split(':')[2] != id.ToString(CultureInfo.InvariantCulture));

    private void Write()
    {
        Put("/etc/passwd", users, UnixMode.Plain, 0);
        Put("/etc/group", groups.Select(g => string.Join(':', g)), UnixMode.Plain, 0);
        uint shadow = uint.Parse(groups.FirstOrDefault(g => g[0] == "shadow")?[2] ?? "0", CultureInfo.InvariantCulture);
        Put("/etc/shadow", users.Select(u => u.Split(':')[0] + Shadow), UnixMode.Secret, shadow);
        Put("/etc/gshadow", groups.Select(g => $"{g[0]}:*::{g[3]}"), UnixMode.Secret, shadow);
    }

    private void Put(string path, IEnumerable<string> lines, int mode, uint group) => tree.Put(path, TreeEntry.Text(string.Join('\n', lines) + "\n", mode) with { Gid = group });

    private string[] Lines(string path) => (tree.ReadText(path) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Words between blanks; quotes keep blanks together.</summary>
    private static string[] Words(string line)
    {
        List<string> words = [];
        for (int at = 0; at < line.Length;)
        {
            if (char.IsWhiteSpace(line[at]))
            {
                at++;
                continue;
            }

            bool quoted = line[at] is '"' or '\'';
            int end = quoted ? line.IndexOf(line[at], at + 1) : line.AsSpan(at).IndexOfAny(' ', '\t');
            end = end < 0 ? line.Length : quoted ? end : at + end;
            words.Add(quoted ? line[(at + 1)..end] : line[at..end]);
            at = end + 1;
        }

        return [.. words];
    }
}
