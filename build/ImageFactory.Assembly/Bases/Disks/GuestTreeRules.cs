using ImageFactory.Assembly.Tree;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Bases.Disks;

/// <summary>What a system that was a disk loses on its way into the measured disk: what belongs to its old layout, and what one machine left behind.</summary>
internal sealed class GuestTreeRules : IBaseTreeRules
{
    private const string Revision = "1";

    private static readonly string[] Removed =
    [
        "/lost+found", "/swapfile", "/swap.img", "/.autorelabel", "/var/lib/cloud", "/var/lib/NetworkManager/*", "/var/lib/dhcp/*", "/root/.bash_history",
        "/usr/lib/modules/*/initramfs*", "/usr/lib/modules/*/vmlinuz*",
    ];

    public IReadOnlyList<string> After => [];

    public void Describe(StageKey key) => key.Add("guest-rules", Revision).Add("removed", Removed);

    public Task ApplyAsync(FileTree tree, StageScope scope, CancellationToken cancellation)
    {
        // Modules of other kernels are of no use: there is no second boot entry.
        string? kept = GuestKernel.Newest(tree)?.Version;
        if (kept is not null)
        {
            foreach (string version in GuestKernel.Versions(tree).Where(v => v != kept))
                tree.RemoveMatches($"/usr/lib/modules/{version}");
        }

        foreach (string pattern in Removed)
            tree.RemoveMatches(pattern);
        return Task.CompletedTask;
    }
}

/// <summary>A disk that is kept loses nothing.</summary>
internal sealed class NoTreeRules : IBaseTreeRules
{
    public IReadOnlyList<string> After => [];

    public void Describe(StageKey key)
    {
        // Nothing decides what is not done.
    }

    public Task ApplyAsync(FileTree tree, StageScope scope, CancellationToken cancellation) => Task.CompletedTask;
}
