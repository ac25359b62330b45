using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.SystemSetup;

/// <summary>No ssh server, or one for debugging into which only given keys open.</summary>
internal static class SshRules
{
    public const string Server = "/usr/sbin/sshd";
    public const string RootKeys = "/root/.ssh/authorized_keys";

    /// <summary>Debian's name first, then everybody else's.</summary>
    private static readonly string[] Services = ["ssh.service", "sshd.service"];

    private static readonly string[] AllUnits = [.. Services, "ssh.socket", "sshd.socket"];

    /// <summary>
    /// The image carries no host keys, they would be the same in all guests. Debian makes them only when the package is installed,
    /// so they are made before the server's own test of its configuration.
    /// </summary>
    private const string MakeHostKeys = "[Service]\nExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\nExecStartPre=/usr/sbin/sshd -t\n";

    /// <summary>To be called when units were enabled, disabled and masked.</summary>
    public static IReadOnlyList<Fault> CheckAbsent(FileTree tree)
    {
        if (EnabledUnit(tree) is { } unit)
            return [SystemFaults.SshEnabled(unit)];
        return tree.Find(Server) is not null ? [SystemFaults.SshInstalled(Server)] : [];
    }

    public static IReadOnlyList<Fault> ApplyDebug(FileTree tree, SourcePath? keys)
    {
        UnitFiles units = new(tree);
        string? service = Services.FirstOrDefault(s => UnitName.TryParse(s, out UnitName? name) && units.Find(name) is not null);
        if (service is null || tree.Find(Server) is null)
            return [SystemFaults.NoSshServer()];
        if (KeysProblem(keys, out string text) is { } problem)
            return [problem];

        tree.Put("/root", TreeEntry.Directory(UnixMode.Private));
        tree.Put("/root/.ssh", TreeEntry.Directory(UnixMode.Private));
        tree.Put(RootKeys, TreeEntry.Text(text, UnixMode.Secret));
        tree.Put($"{UnitFiles.Administrator}/{service}.d/10-host-keys.conf", TreeEntry.Text(MakeHostKeys));
        return [SystemFaults.SshDebug(), .. new UnitLinks(tree).Enable(service)];
    }

    /// <summary>The unit of an ssh server that something starts at boot.</summary>
    public static string? EnabledUnit(FileTree tree)
    {
        UnitFiles units = new(tree);
        IEnumerable<TreeItem> links = tree.Walk(UnitFiles.Administrator).Concat(tree.Walk(UnitFiles.Vendor))
            .Where(i => i.Entry.Target is not (null or UnitFiles.MaskTarget) && TreePath.Folder(i.Path).EndsWith(".wants", StringComparison.Ordinal));
        return links.Select(i => TreePath.FileName(i.Path))
            .Where(n => AllUnits.Contains(n) && UnitName.TryParse(n, out UnitName? name) && units.Find(name) is { IsMasked: false })
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();
    }

    private static Fault? KeysProblem(SourcePath? keys, out string text)
    {
        text = "";
        if (keys is null)
            return SystemFaults.NoKeys("authorizedKeys", "no file is given");
        try
        {
            text = File.ReadAllText(keys.FullPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return SystemFaults.SourceMissing(keys.Text, e.Message);
        }

        if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
            return SystemFaults.NoKeys(keys.Text, "this is a private key");
        return text.Split('\n').Any(l => l.Contains("ssh-", StringComparison.Ordinal) || l.Contains("ecdsa-", StringComparison.Ordinal) || l.Contains("sk-", StringComparison.Ordinal))
            ? null
            : SystemFaults.NoKeys(keys.Text, "it holds no public key");
    }
}
