using System.Text;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images.Ext4;
using ImageFactory.Images.Extents;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Assembly.Disk;

/// <summary>
/// Extended attributes of an ext4 root. mke2fs takes only capabilities out of an archive (e2fsprogs 1.47, misc/create_inode_libarchive.c); debugfs sets the others afterwards,
/// and then the file system is read again, since debugfs goes on after a command that failed.
/// </summary>
internal sealed class Ext4Xattrs
{
    /// <summary>Of the 256 bytes of an inode, what its own fields, the magic number and the end of the list leave (Linux: Documentation/filesystems/ext4/attributes.rst).</summary>
    private const int InInode = 256 - 128 - 32 - 4 - 4;

    private const int EntryHeader = 16;
    private const int Block = 4096;
    private const int Shown = 3;
    private const string Capability = "security.capability";
    private const string Label = "security.selinux";

    /// <summary>Kinds that are kept as they are; access lists have a form of their own on the disk.</summary>
    private static readonly string[] Kinds = ["security.", "user.", "trusted."];

    private readonly (string Path, IReadOnlyDictionary<string, byte[]> Xattrs)[] files;

    public Ext4Xattrs(FileTree tree) =>
        files = [.. tree.Walk().Where(i => i.FirstName is null && i.Entry.Xattrs.Keys.Any(k => k != Capability)).Select(i => (i.Path, i.Entry.Xattrs))];

    /// <summary>Bytes for attributes that have no room in their inodes.</summary>
    public long Room => Block * (long)files.Count(f => f.Xattrs.Sum(x => EntryHeader + Padded(x.Key.Length) + Padded(x.Value.Length)) > InInode);

    /// <summary>Sets what mke2fs did not.</summary>
    /// <param name="environment">With the time that is written into the file system.</param>
    /// <exception cref="FactoryException">IFA352: labels of SELinux cannot be kept, without which such a system does not come up.</exception>
    public async Task SetAsync(StageScope scope, Toolbox tools, string image, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation)
    {
        if (files.Length == 0)
            return;
        string script = Path.Combine(scope.Work.FullName, "xattrs");
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        await using (StreamWriter commands = new(script, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
        {
            foreach ((string path, string name, byte[] value) in from f in files from x in f.Xattrs where CanBeSet(f.Path, x.Key) select (f.Path, x.Key, x.Value))
            {
                // Labels are few and files many.
                if (!values.TryGetValue(Convert.ToHexString(value), out string? file))
                {
                    file = $"{script}-{values.Count}";
                    values.Add(Convert.ToHexString(value), file);
                    await File.WriteAllBytesAsync(file, value, cancellation).ConfigureAwait(false);
                }

                await commands.WriteAsync($"ea_set -f {Quoted(file)} {Quoted(path)} {name}\n".AsMemory(), cancellation).ConfigureAwait(false);
            }
        }

        ProgramCall call = tools.Call("debugfs", ["-w", "-f", script, image]);
        await scope.Programs.RunAsync(call with { Environment = environment, OutputFile = Path.Combine(scope.Work.FullName, "debugfs.log") }, cancellation).ConfigureAwait(false);
        if (Lost(image) is not { } lost)
            return;
        FactoryException.ThrowIfAny([lost]);
        scope.Log.Warn(lost);
    }

    private static bool CanBeSet(string path, string name) => name != Capability && Kinds.Any(k => name.StartsWith(k, StringComparison.Ordinal)) && !path.Contains('\n', StringComparison.Ordinal);

    /// <summary>debugfs takes words apart at spaces; a quotation mark within a quoted word is written twice.</summary>
    private static string Quoted(string word) => $"\"{word.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static int Padded(int length) => (length + 3) & ~3;

    /// <summary>What the file system does not have: an error where SELinux would find no labels; else a warning. Null when nothing is lost.</summary>
    private Fault? Lost(string image)
    {
        using RawFileSource source = RawFileSource.Open(image);
        Dictionary<string, IReadOnlyDictionary<string, byte[]>> written = Ext4Metadata.Walk(source).ToDictionary(e => e.Path, e => e.Xattrs, StringComparer.Ordinal);
        (string Path, string Name)[] lost =
        [
            .. from file in files
               from wanted in file.Xattrs
               where !(written.TryGetValue(file.Path, out IReadOnlyDictionary<string, byte[]>? has) && has.TryGetValue(wanted.Key, out byte[]? value) && value.AsSpan().SequenceEqual(wanted.Value))
               orderby file.Path, wanted.Key
               select (file.Path, wanted.Key),
        ];
        if (lost.Length == 0)
            return null;
        string some = string.Join('\n', lost.Take(Shown).Select(l => $"{TarFaults.Shown(l.Path)}  {l.Name}"));
        return new Fault("IFA352", ExitCode.Configuration, $"an ext4 root cannot keep all extended attributes of its files; it loses {lost.Length}")
        {
            Severity = lost.Any(l => l.Name == Label) ? Severity.Error : Severity.Warning,
            Detail = lost.Length > Shown ? some + "\n…" : some,
            Hint = "'disk.root: erofs', the default, keeps access lists, long values and names with line feeds too",
        };
    }
}
