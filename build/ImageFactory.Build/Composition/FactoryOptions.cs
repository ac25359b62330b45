using ImageFactory.Assembly.Bundles;
using ImageFactory.Build.Reporting;
using ImageFactory.Model;
using ImageFactory.Recipes.Job;

namespace ImageFactory.Build.Composition;

/// <summary>What the command line and the environment say about a run. Paths are absolute but for the recipe's.</summary>
internal sealed record FactoryOptions
{
    /// <summary>The folder with build.sh, recipes/ and bootc/.</summary>
    public required string Root { get; init; }

    /// <summary>As it was given, relative to <see cref="WorkingFolder"/>: faults name it so.</summary>
    public required string Recipe { get; init; }

    /// <summary>Where the caller stands.</summary>
    public required string WorkingFolder { get; init; }

    public required string Output { get; init; }

    public required string Store { get; init; }

    /// <summary>Each as <c>key=value</c>, in the order of the command line.</summary>
    public IReadOnlyList<string> Sets { get; init; } = [];

    /// <summary>All variables of the environment; recipes take theirs from it.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>What a Job completes its recipe from; null outside of a Job.</summary>
    public JobCall? Job { get; init; }

    /// <summary>Makes the lowest handler of the clients of clouds; null: the usual one.</summary>
    public Func<HttpMessageHandler>? Transport { get; init; }

    /// <summary>What nobody may read. Takes secrets that are read or obtained on the way.</summary>
    public SecretMask Secrets { get; init; } = new();

    /// <summary>A kubeconfig that the user named.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Whether the process runs as root.</summary>
    public bool IsRoot { get; init; }

    /// <summary>Repository through which machines share outputs of stages; null: they do not.</summary>
    public string? SharedStore { get; init; }

    /// <summary>How long a machine that died keeps others from building what it had begun.</summary>
    public TimeSpan SharedStorePatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The machine that this runs on.</summary>
    public Architecture Machine { get; init; } = Architecture.X64;

    /// <summary>Stages at once.</summary>
    public int Jobs { get; init; } = 1;

    public bool Offline { get; init; }

    public bool Locked { get; init; }

    /// <summary>The recipe and all that it is made of come out of a bundle: no mirror and no registry is asked, and none need be known. Null: without one.</summary>
    public BundleContents? Bundle { get; init; }

    /// <summary>The first destination that fails ends the others.</summary>
    public bool FailFast { get; init; }

    public bool ShowOrigin { get; init; }

    /// <summary>Ask registries and archives anew, and say whether they have other than the last build was made from.</summary>
    public bool CheckUpstream { get; init; }

    /// <summary>For <c>Test</c>: assembly or assembly/class.</summary>
    public string? TestFilter { get; init; }
}
