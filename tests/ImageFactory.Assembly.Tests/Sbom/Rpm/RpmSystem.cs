using System.Globalization;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Tests.Sbom.Rpm;

/// <summary>A database that rpm itself wrote, of packages that rpmbuild made; made once.</summary>
public sealed class RpmSystem : IDisposable
{
    /// <summary>Enough for a tree of pages in SQLite.</summary>
    private const int Small = 40;

    private readonly TemporaryFolder folder = new();
    private readonly Lazy<string> database;

    public RpmSystem() => database = new Lazy<string>(Make);

    /// <summary>The file <c>rpmdb.sqlite</c>.</summary>
    public string Database
    {
        get
        {
            string? missing = Tool.MissingOutsideCi("rpm", "rpmbuild");
            Assert.SkipWhen(missing is not null, missing ?? "");
            return database.Value;
        }
    }

    /// <summary>What rpm answers about the database.</summary>
    public string[] Ask(params string[] arguments)
    {
        (int exitCode, string output, string errors) = Tool.Run(Tool.Need("rpm"), ["--dbpath", Path.GetDirectoryName(Database)!, .. arguments]);
        Assert.True(exitCode == 0, errors);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A Fedora with that database; <c>/bin</c> and <c>/var/lib/rpm</c> are links.</summary>
    internal FileTree Root(string name = "rpmdb.sqlite", string? file = null)
    {
        string path = file ?? Database;
        FileTree tree = new();
        tree.Put("/etc/os-release", TreeEntry.Text("NAME=\"Fedora Linux\"\nID=fedora\nVERSION_ID=42\n"));
        tree.Put("/usr/bin", TreeEntry.Directory());
        tree.Put("/bin", TreeEntry.Link("usr/bin"));
        tree.Put("/var/lib/rpm", TreeEntry.Link("../../usr/lib/sysimage/rpm"));
        tree.Put($"/usr/lib/sysimage/rpm/{name}", TreeEntry.File(new FileContent(path, 0, new FileInfo(path).Length)));
        tree.Put($"/usr/lib/sysimage/rpm/{name}-wal", TreeEntry.Text(""));
        return tree;
    }

    public void Dispose() => folder.Dispose();

    private string Make()
    {
        IEnumerable<string> small = Enumerable.Range(1, Small).Select(i => string.Create(CultureInfo.InvariantCulture, $"""
            %package small{i}
            Summary: one of many
            License: MIT
            %description small{i}
            {new string('x', 37 * i)}
            %files small{i}

            """));
        string spec = folder.Write("tiny.spec", """
            Name: tiny
            Version: 1.2
            Release: 3.fc42
            Summary: a program
            License: GPLv2+ and MIT
            Vendor: Example, Inc.
            %description
            x
            %files
            /bin/tiny
            /bin/other-name
            %ghost /var/log/tiny.log
            %package -n libstdc++
            Summary: with an epoch
            Epoch: 1
            Version: 13.2.1
            License: GPL-3.0-or-later WITH GCC-exception-3.1
            BuildArch: noarch
            %description -n libstdc++
            x
            %files -n libstdc++
            /usr/lib/libstdc++.so.6
            %package -n gpg-pubkey
            Summary: has the name of a key
            %description -n gpg-pubkey
            x
            %files -n gpg-pubkey
            %package many
            Summary: has many files
            License: LicenseRef-Fedora-Public-Domain
            %description many
            x
            %files many
            /usr/share/many
            %install
            mkdir -p %{buildroot}/bin %{buildroot}/usr/lib %{buildroot}/usr/share/many/é
            echo x > %{buildroot}/bin/tiny
            ln -s tiny %{buildroot}/bin/other-name
            echo y > %{buildroot}/usr/lib/libstdc++.so.6
            for i in $(seq 1500); do : > %{buildroot}/usr/share/many/file-$i; done

            """ + string.Concat(small));
        Run("rpmbuild", "-bb", "--quiet", "--target", "x86_64", "--define", $"_topdir {folder["top"]}", "--define", "_build_id_links none", "--define", "debug_package %{nil}", spec);
        string[] packages = Directory.GetFiles(folder["top"], "*.rpm", SearchOption.AllDirectories);
        Run("rpm", ["--install", "--justdb", "--nodeps", "--dbpath", folder["db"], "--define", "_db_backend sqlite", .. packages]);
        return Path.Combine(folder["db"], "rpmdb.sqlite");
    }

    private static void Run(string program, params string[] arguments)
    {
        (int exitCode, string output, string errors) = Tool.Run(Tool.Need(program), arguments);
        Assert.True(exitCode == 0, output + errors);
    }
}
