namespace ImageFactory.Assembly.Bases.Bootc.Engine;

/// <summary>
/// What a build needs of a container engine. Small on purpose: another client of the same API (Docker.DotNet) could stand behind it.
/// Whatever the engine says of a failure is in the fault.
/// </summary>
internal interface IContainerEngine : IDisposable
{
    EngineVersion Version { get; }

    Task<EngineStorage> StorageAsync(CancellationToken cancellation);

    /// <summary>Brings an image into the engine's storage.</summary>
    /// <param name="reference">With tag or digest, host included.</param>
    /// <param name="authorization">Value of X-Registry-Auth, or null to ask without credentials.</param>
    /// <exception cref="ImageFactory.Model.FactoryException">IFC203: the registry or the engine refused.</exception>
    Task PullAsync(string reference, string? authorization, IEngineLog log, CancellationToken cancellation);

    /// <summary>Builds an image from a context that is sent while it is made.</summary>
    /// <returns>The id of the image.</returns>
    /// <exception cref="ImageFactory.Model.FactoryException">IFC204 with the last lines of the build; IFC207.</exception>
    Task<string> BuildAsync(ImageBuildCall call, IEngineLog log, CancellationToken cancellation);

    /// <summary>Makes an image with one layer of a tar.</summary>
    /// <returns>The id of the image.</returns>
    Task<string> ImportAsync(string tar, string tag, CancellationToken cancellation);

    /// <summary>Brings an image into the engine's storage out of an archive: that of <see cref="SaveAsync"/>, or an OCI layout with the same file beside it.</summary>
    /// <param name="archive">Writes it.</param>
    /// <exception cref="ImageFactory.Model.FactoryException">IFC209: the engine refused.</exception>
    Task LoadAsync(Func<Stream, Task> archive, IEngineLog log, CancellationToken cancellation);

    /// <summary>An image as an archive. The engine that loads it gives the image the id that it has here.</summary>
    Task SaveAsync(string image, Stream target, Action<long> progress, CancellationToken cancellation);

    /// <summary>Null when the engine does not have it.</summary>
    Task<EngineImage?> FindImageAsync(string name, CancellationToken cancellation);

    /// <summary>Makes a container and does not start it.</summary>
    Task CreateAsync(ContainerCall call, CancellationToken cancellation);

    /// <summary>Starts a container and waits for its end; what it says goes to the log line by line.</summary>
    /// <returns>The exit code of its program.</returns>
    Task<int> RunAsync(string container, IEngineLog log, CancellationToken cancellation);

    /// <summary>Makes the file system of a container readable on this machine, until the container is removed. Only podman can, and only where both are of one machine.</summary>
    /// <returns>The folder; null where there is none, and the file system must be exported.</returns>
    Task<string?> MountAsync(string container, CancellationToken cancellation);

    /// <summary>The whole file system of a container as a tar.</summary>
    /// <exception cref="ImageFactory.Model.FactoryException">IFC202: it broke off.</exception>
    Task ExportAsync(string container, Stream target, Action<long> progress, CancellationToken cancellation);

    /// <summary>One file of a container.</summary>
    Task CopyOutAsync(string container, string path, Stream target, CancellationToken cancellation);

    /// <summary>With what it left behind, running or not; one that is gone already is no failure.</summary>
    Task RemoveContainerAsync(string container, CancellationToken cancellation);

    /// <summary>The name; the image too when it was its last one and nothing uses it. One that is gone already is no failure.</summary>
    Task RemoveImageAsync(string name, CancellationToken cancellation);
}

/// <summary>Takes what the engine and what runs in it say.</summary>
internal interface IEngineLog
{
    void Line(string text);
}

/// <param name="Name">Of the product: <c>Podman Engine</c>, <c>Engine</c> of Docker.</param>
/// <param name="Number">Its version.</param>
/// <param name="Api">The version of the API that it speaks.</param>
internal sealed record EngineVersion(string Name, string Number, string Api)
{
    public const string Podman = "Podman Engine";

    public bool IsPodman => Name.Contains("Podman", StringComparison.OrdinalIgnoreCase);

    public override string ToString() => $"{Name} {Number}";
}

/// <param name="Folder">Where the engine keeps its images.</param>
/// <param name="IsRootless">It runs without root, so that its privileged containers are not.</param>
internal sealed record EngineStorage(string Folder, bool IsRootless);

/// <param name="Id"><c>sha256:</c> and hex digits.</param>
/// <param name="Digests">What registries call it.</param>
internal sealed record EngineImage(string Id, string Architecture, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<string> Digests, long Size);

internal sealed record ImageBuildCall
{
    /// <summary>Writes the build context as a tar.</summary>
    public required Action<Stream> Context { get; init; }

    /// <summary>Path of the Containerfile in the context.</summary>
    public required string Containerfile { get; init; }

    public required string Tag { get; init; }

    public string? Target { get; init; }

    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary>Secrets by id, each with its file in the context. Only podman takes them over this API, and moves them out of the context first.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>();

    /// <summary>Value of X-Registry-Config, for the images that the Containerfile names.</summary>
    public string? Authorizations { get; init; }
}

internal sealed record ContainerCall(string Name, string Image)
{
    /// <summary>Null for the image's own command.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    public IReadOnlyList<string>? Entrypoint { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<ContainerMount> Mounts { get; init; } = [];

    public bool Privileged { get; init; }

    public bool Network { get; init; } = true;

    public IReadOnlyList<string> SecurityOptions { get; init; } = [];

    public IReadOnlyList<string> DroppedCapabilities { get; init; } = [];
}

/// <param name="Source">A path of the machine that the engine runs on.</param>
internal sealed record ContainerMount(string Source, string Target, bool ReadOnly = false);
