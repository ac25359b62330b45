namespace ImageFactory.Pipeline;

/// <summary>
/// One step of a build. It reads its inputs, writes into its own empty folder and touches nothing else:
/// no environment variable, no clock, and no network unless it fetches something whose digest is pinned.
/// </summary>
public interface IStage
{
    /// <summary>The id, in kebab-case: <c>embed-agent-policy</c>.</summary>
    string Name { get; }

    /// <summary>Names of the stages whose outputs it reads. Their digests are part of this stage's key.</summary>
    IReadOnlyList<string> After { get; }

    /// <summary>Everything else that decides the output: revision, parameters, digests of files, identity of programs.</summary>
    void Describe(StageKey key);

    Task RunAsync(StageScope scope, CancellationToken cancellation);

    /// <summary>For a stage that asks the world (which versions does the mirror have today?): how long an answer holds. Null: for ever.</summary>
    TimeSpan? MaxAge => null;

    /// <summary>Whether machines may take the output from each other. What asks the world is asked by each, or one would decide for all.</summary>
    bool MayBeShared => MaxAge is null;

    /// <summary>
    /// For a stage that leaves something outside of the store, such as keys for their owner: whether an output of the same key still serves.
    /// When what belongs to it is gone, the stage runs again.
    /// </summary>
    bool StillServes(DirectoryInfo output) => true;
}
