using System.Text;
using ImageFactory.Assembly.SystemSetup;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Disk;

/// <summary>
/// Gives the files that the other layers brought the labels of the system's own SELinux policy; what has a label keeps it. On a read-only root nothing
/// else could ever do it. Does nothing for a system without SELinux.
/// </summary>
internal sealed class SelinuxLayer : ITreeLayer
{
    private const string Revision = "1";

    public string Name => "selinux-labels";

    public void Describe(StageKey key) => key.Add("selinux-labels", Revision);

    public Task<IReadOnlyList<Fault>> ApplyAsync(FileTree tree, StageScope scope, CancellationToken cancellation)
    {
        if (SelinuxContexts.Of(tree) is not { } contexts)
            return Task.FromResult<IReadOnlyList<Fault>>([]);
        int given = 0;
        tree.ChangeAll((path, entry) =>
        {
            if (entry.Xattrs.ContainsKey(SelinuxContexts.Attribute) || contexts.LabelOf(path, entry.Type) is not { } label)
                return entry;
            given++;
            // The kernel stores labels with the NUL of a C string.
            return entry with { Xattrs = new Dictionary<string, byte[]>(entry.Xattrs) { [SelinuxContexts.Attribute] = Encoding.UTF8.GetBytes(label + "\0") } };
        });
        scope.Log.Info($"{given} files got their SELinux labels");
        return Task.FromResult<IReadOnlyList<Fault>>([]);
    }
}
