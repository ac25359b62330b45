using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Disk;

/// <summary>Puts the agent policy where the Kata agent reads it, under its own name and as the default.</summary>
internal sealed class AgentPolicyLayer(CheckedPolicy policy) : ITreeLayer
{
    public string Name => "agent-policy";

    public void Describe(StageKey key) => key.Add("policy-file", policy.FileName).Add("policy", policy.Digest);

    public Task<IReadOnlyList<Fault>> ApplyAsync(FileTree tree, StageScope scope, CancellationToken cancellation)
    {
        foreach (PolicyFile file in policy.Files)
        {
            tree.Put(file.Path, file switch
            {
                PolicyContent content => TreeEntry.File(new InlineContent(content.Content.ToArray())),
                PolicyLink link => TreeEntry.Link(link.Target),
                _ => throw new InvalidOperationException($"no rule for {file}"),
            });
        }

        return Task.FromResult<IReadOnlyList<Fault>>([]);
    }
}
