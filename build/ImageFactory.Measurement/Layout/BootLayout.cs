using ImageFactory.Images.Gpt;

namespace ImageFactory.Measurement.Layout;

/// <summary>What an image boots, in the order of loading, and what lies beside it.</summary>
internal sealed record BootLayout
{
    /// <summary>Loaded before the UKI: shim, systemd-boot.</summary>
    public IReadOnlyList<EfiProgram> Loaders { get; init; } = [];

    public required EfiProgram Uki { get; init; }

    /// <summary>In the order of loading: global ones, then those of the UKI, each by name.</summary>
    public IReadOnlyList<EfiProgram> Addons { get; init; } = [];

    public IReadOnlyList<Sidecar> Credentials { get; init; } = [];

    public IReadOnlyList<Sidecar> GlobalCredentials { get; init; } = [];

    public IReadOnlyList<Sidecar> SystemExtensions { get; init; } = [];

    public IReadOnlyList<Sidecar> ConfigurationExtensions { get; init; } = [];

    /// <summary>A command line that the boot option passes to the UKI; empty: none.</summary>
    public string PassedCommandLine { get; init; } = "";

    /// <summary>systemd-boot's <c>\loader\loader.conf</c>; null without systemd-boot or file.</summary>
    public byte[]? LoaderConfiguration { get; init; }

    /// <summary>The first boot goes through shim's fallback, which resets; what is predicted is the boot after.</summary>
    public bool ResetsOnce { get; init; }

    public required GptTable Table { get; init; }

    /// <summary>What the firmware measures of the partition table: header, number of used entries, used entries.</summary>
    public required byte[] PartitionTableEvent { get; init; }

    /// <summary>For people: <c>firmware → systemd-boot → UKI</c>.</summary>
    public string Chain => string.Join(" → ", ["firmware", .. Loaders.Select(l => l.Kind == ProgramKind.Shim ? "shim" : "systemd-boot"), "UKI"]);
}
