using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tree;

/// <summary>What of an archive goes where, and what is accepted.</summary>
internal sealed record TarReadRules
{
    /// <summary>As the base's own archive is read: everything, as it is.</summary>
    public static readonly TarReadRules Base = new() { Devices = true, KeepOwners = true };

    /// <summary>The archive that contents may lie in which this one leaves out; archives of strangers have none.</summary>
    public string? Other { get; init; }

    /// <summary>Folder of the image that the members go below, absolute.</summary>
    public string Into { get; init; } = "/";

    /// <summary>Only what lies below this path of the archive (absolute), or just this file.</summary>
    public string Inside { get; init; } = "/";

    public bool Devices { get; init; }

    public bool KeepOwners { get; init; }

    /// <summary>Folders of the archive are a way to its files and say nothing about folders that the image has.</summary>
    public bool ImpliedDirectories { get; init; }

    /// <summary>Say which files run with their owner's rights.</summary>
    public bool WarnOfSetId { get; init; }

    public int MaxEntries { get; init; } = 1_000_000;

    public long MaxBytes { get; init; } = 32L << 30;

    public static TarReadRules ForPayload(PayloadOwner owner, string into) => new()
    {
        Into = into,
        KeepOwners = owner == PayloadOwner.Keep,
        ImpliedDirectories = true,
        WarnOfSetId = true,
    };
}
