using System.ComponentModel;

namespace ImageFactory.Model.Recipes;

/// <summary>Where the operating system comes from. Each kind is one folder under <c>Assembly/Bases/</c>.</summary>
public abstract record BaseSource;

[Kind("debian")]
[Description("A root file system made from Debian packages, without a container registry.")]
public sealed record DebianBase : BaseSource
{
    [Description("The suite, by code name.")]
    public string Suite { get; init; } = "trixie";

    [Description("Address of the package mirror. Left out: the mirror that this host itself uses.")]
    public string? Mirror { get; init; }

    [Description("Archive components.")]
    public IReadOnlyList<string> Components { get; init; } = ["main"];

    [Description("Also take updates from the suite's security archive.")]
    public bool Security { get; init; } = true;

    [Description("Address of the security archive. Left out: the one that this host uses.")]
    public string? SecurityMirror { get; init; }

    [Description("Keyring with the archive's public keys. Left out: this host's debian-archive-keyring.")]
    public SourcePath? Keyring { get; init; }

    [Description("Packages of the image, without what they depend on. Recommended packages are never added.")]
    public IReadOnlyList<string> Packages { get; init; } = [];

    [Description("Kernel package.")]
    public string Kernel { get; init; } = "linux-image-cloud-amd64";

    [Description("Paths inside the root file system that are left out of the image, with what is below them.")]
    public IReadOnlyList<string> Exclude { get; init; } = [];

    [Description("How the initrd is made. The initrd does not depend on payload and agent policy.")]
    public InitrdSettings Initrd { get; init; } = new();
}

[Description("The initrd, made by dracut inside the root file system; never specific to the build host.")]
public sealed record InitrdSettings
{
    [Description("dracut modules beyond those the measured disk needs.")]
    public IReadOnlyList<string> Modules { get; init; } = [];

    [Description("Kernel drivers beyond those of the clouds.")]
    public IReadOnlyList<string> Drivers { get; init; } = [];
}
