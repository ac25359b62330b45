using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Pipeline.Tools;

/// <summary>
/// The output of a tools stage: either a tree of unpacked packages, or a note of the host's own programs.
/// </summary>
/// <remarks>
/// A program of a tree is started through the tree's own dynamic loader with the tree's own libraries, so it needs
/// neither root nor a changed root, and sees the host's files under their own names.
/// </remarks>
public sealed class Toolbox
{
    /// <summary>Present in the output when the host's programs are used: program name → path.</summary>
    public const string HostNote = "host-tools.json";

    public const string TreeFolder = "tree";

    private const string Libraries = "usr/lib/x86_64-linux-gnu";

    private readonly string? tree;
    private readonly Dictionary<string, string> host = [];

    /// <param name="output">Output folder of the tools stage.</param>
    public Toolbox(DirectoryInfo output)
    {
        string note = Path.Combine(output.FullName, HostNote);
        if (File.Exists(note))
        {
            HostTools found = JsonSerializer.Deserialize<HostTools>(File.ReadAllText(note))!;
            host = found.Programs.ToDictionary(p => p.Key, p => p.Value.Path, StringComparer.Ordinal);
        }
        else
        {
            tree = Path.Combine(output.FullName, TreeFolder);
        }
    }

    /// <summary>A call of one of the programs.</summary>
    public ProgramCall Call(string program, IReadOnlyList<string> arguments)
    {
        if (tree is null)
            return new ProgramCall(host[program], [.. arguments]);

        string path = Find(program) ?? throw new FactoryException(ToolFaults.NotInTree(program, tree));
        return new ProgramCall(
            Path.Combine(tree, Libraries, "ld-linux-x86-64.so.2"),
            ["--library-path", LibraryPath(tree), "--argv0", program, path, .. arguments])
        {
            Name = program,
            Environment = new Dictionary<string, string>
            {
                // Programs that load parts of themselves look for them below the tree, not in the host.
                ["GCONV_PATH"] = Path.Combine(tree, Libraries, "gconv"),
                ["QEMU_MODULE_DIR"] = Path.Combine(tree, Libraries, "qemu"),
            },
        };
    }

    /// <summary>A file that comes with the tools, by its path below the root.</summary>
    public string PathOf(string file) => tree is null ? "/" + file : Path.Combine(tree, file);

    /// <summary>Folder with QEMU's own data (firmware, key maps), for its option -L; null when it finds them itself.</summary>
    public string? QemuData => tree is null ? null : Path.Combine(tree, "usr/share/qemu");

    private static string LibraryPath(string tree) =>
        // Some packages keep private libraries one level down.
        string.Join(':', new[] { Libraries, "usr/lib", Libraries + "/pulseaudio", Libraries + "/swtpm" }.Select(l => Path.Combine(tree, l)).Where(Directory.Exists));

    private string? Find(string program) =>
        new[] { "usr/bin", "usr/sbin", "bin", "sbin" }.Select(d => Path.Combine(tree!, d, program)).FirstOrDefault(File.Exists);
}
