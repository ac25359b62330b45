using ImageFactory.Assembly.SystemSetup;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Tests.SystemSetup;

public sealed class SelinuxContextsTests
{
    private const string Rules = """
        # in the order and with the tricks of a distribution's policy
        /.*	system_u:object_r:default_t:s0
        /[^/]+	--	system_u:object_r:etc_runtime_t:s0
        /etc(/.*)?	system_u:object_r:etc_t:s0
        /etc/shadow.*	--	system_u:object_r:shadow_t:s0
        /etc/localtime	-l	system_u:object_r:locale_t:s0
        /etc/localtime	--	system_u:object_r:locale_file_t:s0
        /usr/.*	system_u:object_r:usr_t:s0
        /usr/bin/.*	--	system_u:object_r:bin_t:s0
        /usr/bin(/.*)?	-d	system_u:object_r:bin_dir_t:s0
        /usr/bin/kata-agent	--	system_u:object_r:agent_exec_t:s0
        /usr/bin/.*agent.*	--	system_u:object_r:any_agent_t:s0
        /usr/bin/\[	--	system_u:object_r:bracket_t:s0
        /usr/lib/systemd/system/.*\.service	--	system_u:object_r:unit_t:s0
        /usr/lib(64)?/.*\.so(\.[^/]*)*	--	system_u:object_r:lib_t:s0
        /run/.*	<<none>>
        /dev/null	-c	system_u:object_r:null_device_t:s0

        """;

    private static readonly (string Path, TreeEntryType Type)[] Paths =
    [
        ("/pause_bundle", TreeEntryType.Directory), ("/file", TreeEntryType.File), ("/etc", TreeEntryType.Directory), ("/etc/passwd", TreeEntryType.File),
        ("/etc/shadow-", TreeEntryType.File), ("/etc/shadow.d", TreeEntryType.Directory), ("/etc/localtime", TreeEntryType.SymbolicLink), ("/etc/localtime", TreeEntryType.File),
        ("/etc/localtime", TreeEntryType.Directory), ("/usr/bin", TreeEntryType.Directory), ("/usr/bin/sh", TreeEntryType.File), ("/usr/bin/sh", TreeEntryType.SymbolicLink),
        ("/usr/bin/kata-agent", TreeEntryType.File), ("/usr/bin/kata-agent-ctl", TreeEntryType.File), ("/usr/bin/[", TreeEntryType.File), ("/usr/lib/systemd/system/a.service", TreeEntryType.File),
        ("/usr/lib/systemd/system/aXservice", TreeEntryType.File), ("/usr/lib64/libc.so.6", TreeEntryType.File), ("/usr/lib/libc.so", TreeEntryType.File), ("/usr/lib/libc.solid", TreeEntryType.File),
        ("/run/x", TreeEntryType.File), ("/dev/null", TreeEntryType.CharacterDevice), ("/usr/local/bin/agent", TreeEntryType.File), ("/opt/bin/tool", TreeEntryType.File), ("/opt/bin", TreeEntryType.Directory),
    ];

    /// <summary>libselinux is the witness: its own program is asked for the same paths.</summary>
    [Fact]
    [Trait("needs", "matchpathcon")]
    public void Labels_are_those_of_libselinux()
    {
        string witness = Tool.Need("matchpathcon");
        using TemporaryFolder folder = new();
        string rules = Path.Combine(folder.Path, "file_contexts");
        File.WriteAllText(rules, Rules);
        File.WriteAllText(rules + ".subs_dist", "/opt/bin /usr/bin\n");
        SelinuxContexts contexts = SelinuxContexts.Of(System("enforcing"))!;

        foreach ((string path, TreeEntryType type) in Paths)
        {
            (int exitCode, string output, string errors) = Tool.Run(witness, "-n", "-m", NameOf(type), "-f", rules, path);
            Assert.True(exitCode == 0, output + errors);
            Assert.Equal((path, type, output.Trim()), (path, type, contexts.LabelOf(path, type) ?? "<<none>>"));
        }
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData(null)]
    public void A_system_without_SELinux_has_no_labels(string? mode) => Assert.Null(SelinuxContexts.Of(System(mode)));

    private static FileTree System(string? mode)
    {
        FileTree tree = new();
        if (mode is not null)
            tree.Put("/etc/selinux/config", TreeEntry.Text($"# comment\nSELINUX={mode}\nSELINUXTYPE=targeted\n"));
        tree.Put("/etc/selinux/targeted/contexts/files/file_contexts", TreeEntry.Text(Rules));
        tree.Put("/etc/selinux/targeted/contexts/files/file_contexts.subs_dist", TreeEntry.Text("/opt/bin /usr/bin\n"));
        return tree;
    }

    private static string NameOf(TreeEntryType type) => type switch
    {
        TreeEntryType.Directory => "dir",
        TreeEntryType.SymbolicLink => "link",
        TreeEntryType.CharacterDevice => "char",
        _ => "file",
    };
}
