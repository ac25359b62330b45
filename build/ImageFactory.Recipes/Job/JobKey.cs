namespace ImageFactory.Recipes.Job;

/// <summary>One environment variable of the Job: what it means, which keys of a recipe it sets and how its value is read.</summary>
/// <param name="Name">Of the variable.</param>
/// <param name="Generations">Releases of the replaced Job that know it: <c>G1</c> 1.6 to 1.8, <c>G2</c> 1.9 to 1.12, <c>G3</c> later; <c>own</c>: none of them.</param>
/// <param name="Value">For people: what it may be.</param>
/// <param name="Meaning">For people: what it does.</param>
public sealed record JobKey(string Name, string Generations, string Value, string Meaning)
{
    /// <summary>The value of CLOUD_PROVIDER with which it counts; null: with every one.</summary>
    public string? Provider { get; init; }

    public JobKeyUse Use { get; init; } = JobKeyUse.Setting;

    /// <summary>The keys of the recipe that it sets; <c>publish[]</c> is the destination of the provider.</summary>
    public IReadOnlyList<string> Sets { get; init; } = [];

    /// <summary>What stands when it is empty or not there; null: what the recipe has.</summary>
    public string? Default { get; init; }

    /// <summary>Sets the recipe's keys; called only when the variable has a value. Null: another row sets them, or nothing is to be set.</summary>
    internal Action<JobScope, string>? Apply { get; init; }
}

/// <summary>Who reads a variable.</summary>
public enum JobKeyUse
{
    /// <summary>The recipe, of an image that is made and of one that is removed.</summary>
    Setting,

    /// <summary>Whoever talks to the cloud. Never shown, never written down.</summary>
    Credential,

    /// <summary>The Job itself, to know what to remove.</summary>
    Removal,

    /// <summary>The host, before anything else.</summary>
    Host,

    /// <summary>Nobody any more.</summary>
    Obsolete,

    /// <summary>Other programs that share a ConfigMap with the Job.</summary>
    Elsewhere,
}
