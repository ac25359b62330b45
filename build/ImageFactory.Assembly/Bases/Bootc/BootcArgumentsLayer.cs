using ImageFactory.Assembly.Disk;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>The recipe's kernel arguments, where bootc looks for those of an image when it installs it.</summary>
internal sealed class BootcArgumentsLayer(IReadOnlyList<string> arguments) : ITreeLayer
{
    private const string Path = "/usr/lib/bootc/kargs.d/60-imagefactory.toml";

    public string Name => "bootc-arguments";

    public void Describe(StageKey key) => key.Add("bootc-arguments", arguments);

    public Task<IReadOnlyList<Fault>> ApplyAsync(FileTree tree, StageScope scope, CancellationToken cancellation)
    {
        if (arguments.Count > 0)
            tree.Put(Path, TreeEntry.Text(BootcArguments.Write(arguments)));
        return Task.FromResult<IReadOnlyList<Fault>>([]);
    }
}
