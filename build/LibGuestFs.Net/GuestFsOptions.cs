namespace LibGuestFs.Net;

/// <summary>What decides how the appliance runs. Variables of the environment (LIBGUESTFS_…) are not looked at.</summary>
public sealed record GuestFsOptions
{
    public Acceleration Acceleration { get; init; } = Acceleration.Auto;

    /// <summary>Folder with a fixed appliance (<see cref="FixedAppliance"/>); null: the library makes its own with supermin.</summary>
    public string? Appliance { get; init; }

    /// <summary>Where the library keeps an appliance that it makes itself; null: /var/tmp.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Where overlays over drives added read-only go; null: /tmp.</summary>
    public string? TemporaryFolder { get; init; }

    /// <summary>Memory of the appliance in MiB.</summary>
    public int Memory { get; init; } = 1280;

    public int Processors { get; init; } = 1;

    /// <summary>Lets commands in the guest reach the network (user-mode networking, nothing listens).</summary>
    public bool Network { get; init; }

    /// <summary>Have the appliance say more; slow under emulation.</summary>
    public bool Verbose { get; init; }
}

public enum Acceleration
{
    /// <summary>KVM when /dev/kvm can be opened and works, else emulation. Whether it works is remembered for the process.</summary>
    Auto,

    /// <summary>Emulation, always.</summary>
    Emulated,
}
