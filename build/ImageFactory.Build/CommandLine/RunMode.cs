namespace ImageFactory.Build.CommandLine;

/// <summary>How a target is run.</summary>
internal sealed record RunMode(bool Tree, bool DryRun, bool Exclusive)
{
    /// <summary>Something is shown and nothing is done.</summary>
    public bool OnlyShows => Tree || DryRun;
}
