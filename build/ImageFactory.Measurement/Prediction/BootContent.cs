using ImageFactory.Measurement.Stub;

namespace ImageFactory.Measurement.Prediction;

/// <summary>The digests of all that any kind of boot of an image measures. From these alone, predictions are arithmetic.</summary>
internal sealed record BootContent
{
    public required StubRules Stub { get; init; }

    public required KernelRules KernelRules { get; init; }

    /// <summary>Loaded before the UKI.</summary>
    public IReadOnlyList<MeasuredItem> Loaders { get; init; } = [];

    public bool HasShim { get; init; }

    public required MeasuredItem Uki { get; init; }

    public IReadOnlyList<MeasuredItem> Addons { get; init; } = [];

    /// <summary>The kernel inside, as a program; null when it is no PE file, and so cannot be loaded.</summary>
    public required MeasuredItem? Kernel { get; init; }

    /// <summary>Present sections in the order of measuring; the item's text is the name.</summary>
    public required IReadOnlyList<(string Name, MeasuredItem Content)> Sections { get; init; }

    /// <summary>The text of <c>.cmdline</c> as it is; null: no such section.</summary>
    public string? CommandLine { get; init; }

    /// <summary>The texts of the addons' <c>.cmdline</c>, in the order of loading.</summary>
    public IReadOnlyList<string> AddonCommandLines { get; init; } = [];

    /// <summary>A command line that the boot option passes; empty: none.</summary>
    public string PassedCommandLine { get; init; } = "";

    /// <summary>All that is handed to the kernel as initrd; null when there is nothing.</summary>
    public MeasuredItem? Initrd { get; init; }

    public MeasuredItem? Credentials { get; init; }

    public MeasuredItem? GlobalCredentials { get; init; }

    public MeasuredItem? SystemExtensions { get; init; }

    public MeasuredItem? ConfigurationExtensions { get; init; }

    /// <summary>Microcode of addons, the last first, then initrds of addons.</summary>
    public IReadOnlyList<MeasuredItem> AddonContents { get; init; } = [];

    public MeasuredItem? PartitionTable { get; init; }

    public MeasuredItem? LoaderConfiguration { get; init; }
}
