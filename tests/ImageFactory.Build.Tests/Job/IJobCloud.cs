namespace ImageFactory.Build.Tests.Job;

/// <summary>A cloud on loopback that a Job publishes to, and the variables with which it does.</summary>
internal interface IJobCloud : IAsyncDisposable
{
    /// <summary>Null: the provider has none.</summary>
    string? Annotation { get; }

    string ImageKey { get; }

    /// <summary>Names the image that is to be removed.</summary>
    string RemovalVariable { get; }

    Dictionary<string, string> Variables { get; }

    Func<HttpMessageHandler>? Transport { get; }

    /// <summary>Images that machines could boot, by the id that the cluster is told.</summary>
    IReadOnlyList<string> Images { get; }

    /// <summary>Everything that is there and was not there before the first run.</summary>
    IReadOnlyList<string> Everything { get; }

    /// <summary>The last step refuses from now on.</summary>
    bool Refuses { get; set; }

    /// <summary>Texts, or beginnings of texts, that may be seen nowhere.</summary>
    IReadOnlyList<string> Secrets { get; }

    /// <summary>Those of them that the Job has from the beginning.</summary>
    IReadOnlyList<string> Own => [.. Secrets.Where(s => !s.StartsWith("canary-token", StringComparison.Ordinal) && !s.StartsWith("canary-session", StringComparison.Ordinal) && s != "canaryS1gnature")];

    /// <summary>Looks at what is sent, and may answer in the service's place.</summary>
    Eavesdropper Line { get; }

    /// <summary>Puts another owner on what is there.</summary>
    void GiveAway();
}
