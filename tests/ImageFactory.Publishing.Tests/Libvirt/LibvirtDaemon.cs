using System.Diagnostics;
using ImageFactory.Images.Tests;

namespace ImageFactory.Publishing.Tests.Libvirt;

/// <summary>
/// A real libvirtd with sockets, settings and pools in a folder of its own, stopped by its own id. It runs as an ordinary user (nobody when the tests are
/// root's), since only then does it keep everything in folders that can be chosen.
/// </summary>
public sealed class LibvirtDaemon : IDisposable
{
    private const string Nobody = "65534";

    private readonly string folder = Directory.CreateTempSubdirectory("libvirt-").FullName;
    private readonly Process? process;
    private readonly string? missing;
    private readonly List<string> output = [];

    public LibvirtDaemon()
    {
        missing = ((string[])["libvirtd", "virsh"]).FirstOrDefault(p => Find(p) is null) is { } program ? $"{program} is not installed (packages libvirt-daemon and libvirt-clients)" : null;
        if (missing is not null)
            return;
        foreach (string name in (string[])["run", "run/libvirt", "config", "cache", "home", "pools"])
            Directory.CreateDirectory(Path.Combine(folder, name));
        string settings = Path.Combine(folder, "libvirtd.conf");
        File.WriteAllText(settings, "auth_unix_rw = \"none\"\nunix_sock_rw_perms = \"0777\"\nlog_level = 4\n");
        OpenToAll(folder);
        string[] command = [Find("libvirtd")!, "--config", settings, "--pid-file", Path.Combine(folder, "run", "pid")];
        process = Start(command);
        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Socket => Path.Combine(folder, "run", "libvirt", "libvirt-sock");

    public string Uri => $"qemu:///session?socket={Socket}";

    /// <summary>The connection that goes through ssh, with a program in ssh's place that runs what it is given here; libvirt's own helper speaks at its other end.</summary>
    public string SshUri => $"qemu+ssh://somebody@far.example/session?command={Path.Combine(folder, "ssh")}&proxy=native";

    public string SshLog => Path.Combine(folder, "ssh.log");

    /// <summary>In CI it must be there; elsewhere a test that needs it is skipped, and says so.</summary>
    public async Task ReadyAsync()
    {
        if (missing is not null && Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(missing);
        if (missing is not null)
            Assert.Skip(missing);
        Stopwatch watch = Stopwatch.StartNew();
        while (!File.Exists(Socket))
        {
            Assert.False(process!.HasExited || watch.Elapsed > TimeSpan.FromSeconds(60), $"libvirtd does not start:\n{string.Join('\n', output)}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A new folder that the daemon may write.</summary>
    public string NewFolder()
    {
        string made = Directory.CreateDirectory(Path.Combine(folder, "pools", Guid.NewGuid().ToString("n")[..12])).FullName;
        OpenToAll(made);
        return made;
    }

    /// <summary>libvirt's own client, a witness.</summary>
    public string Virsh(params string[] arguments) => Tool.Run("virsh", ["--connect", Uri, .. arguments]);

    /// <param name="breaksAfterRename">The connection of ssh breaks after a rename was done.</param>
    public void WriteSsh(bool breaksAfterRename = false)
    {
        string path = Path.Combine(folder, "ssh");
        string run = $"{(IsRoot ? $"setpriv --reuid={Nobody} --regid={Nobody} --clear-groups " : "")}env XDG_RUNTIME_DIR={folder}/run HOME={folder}/home sh -c \"$*\"";
        File.WriteAllText(path, $"""
            #!/bin/sh
            echo "$*" >> {SshLog}
            while [ $# -gt 0 ]; do
              case "$1" in -T) shift ;; -e | -o | -p | -l | -i) shift 2 ;; --) shift ;; *) break ;; esac
            done
            [ "$1" = far.example ] || exit 255
            shift
            case "$*" in mv*) {run}; exit {(breaksAfterRename ? 255 : 0)} ;; esac
            exec {run}

            """);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose()
    {
        if (process is not null)
        {
            // The daemon itself, not setpriv: that has become it.
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        Directory.Delete(folder, recursive: true);
    }

    private static bool IsRoot => Environment.UserName == "root";

    private static string? Find(string program) => ((string[])["/usr/sbin", "/usr/bin", "/sbin", "/bin"]).Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);

    private static void OpenToAll(string path)
    {
        foreach (string one in Directory.EnumerateFileSystemEntries(path, "*", SearchOption.AllDirectories).Append(path))
            File.SetUnixFileMode(one, (UnixFileMode)Convert.ToInt32(Directory.Exists(one) ? "777" : "644", 8));
    }

    private Process Start(string[] command)
    {
        string[] whole = IsRoot ? [Find("setpriv")!, $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", .. command] : command;
        ProcessStartInfo start = new(whole[0], whole[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment.Clear();
        foreach ((string name, string value) in ((string, string)[])[("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "home"), ("XDG_RUNTIME_DIR", "run"), ("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache")])
            start.Environment[name] = name == "PATH" ? value : Path.Combine(folder, value);
        return Process.Start(start)!;
    }

    private void Keep(string? line)
    {
        lock (output)
            output.Add(line ?? "");
    }
}

[CollectionDefinition("libvirt")]
public sealed class LibvirtCollection : ICollectionFixture<LibvirtDaemon>;
