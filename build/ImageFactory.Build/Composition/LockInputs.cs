using ImageFactory.Assembly;
using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.Locking;
using ImageFactory.Recipes;

namespace ImageFactory.Build.Composition;

/// <summary>The files that decide a recipe's image, with their digests.</summary>
internal static class LockInputs
{
    /// <summary>What is counted in another way (payloads, the policy), lies elsewhere (destinations, a machine's keyring), or is secret: a lock file is for everybody to read.</summary>
    private static readonly string[] Uncounted =
        ["payload[", "agentPolicy.", "publish[", "base.keyring", "base.secrets", "signing.", "secureBoot.key", "secureExecution.cck", "secureExecution.keys"];

    public static async Task<IReadOnlyList<LockedInput>> OfAsync(LoadedRecipe loaded, CheckedPolicy? policy, ImageBuild image, CancellationToken cancellation)
    {
        List<LockedInput> found = [.. image.Files];
        if (policy is not null)
            found.Add(LockedInput.Of("agentPolicy", policy.Digest));
        foreach ((string key, Model.Recipes.SourcePath path) in RecipePaths.Of(loaded.Recipe).Where(p => !Uncounted.Any(u => p.Key.StartsWith(u, StringComparison.Ordinal))))
        {
            if (await LockedInput.OfPathAsync(key, path, cancellation).ConfigureAwait(false) is { } input)
                found.Add(input);
        }

        return [.. found.OrderBy(i => i.Name, StringComparer.Ordinal)];
    }
}
