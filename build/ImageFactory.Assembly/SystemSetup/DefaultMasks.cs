namespace ImageFactory.Assembly.SystemSetup;

/// <summary>Units that no pod VM starts, masked in every image.</summary>
internal static class DefaultMasks
{
    /// <summary>These extend PCRs at points of time of the boot: with them PCR 11 and 15 would have no single value to expect.</summary>
    public static readonly IReadOnlyList<string> Measuring =
    [
        "systemd-pcrphase.service",
        "systemd-pcrphase-initrd.service",
        "systemd-pcrphase-sysinit.service",
        "systemd-pcrphase@.service",
        "systemd-pcrmachine.service",
        "systemd-pcrfs-root.service",
        "systemd-pcrfs@.service",
        "systemd-pcrextend.socket",
        "systemd-pcrextend@.service",
        "systemd-pcrlock-make-policy.service",
        "systemd-tpm2-setup.service",
        "systemd-tpm2-setup-early.service",
    ];

    /// <summary>Consoles that ask for a login.</summary>
    public static readonly IReadOnlyList<string> Logins =
    [
        "getty@.service",
        "serial-getty@.service",
        "console-getty.service",
        "autovt@.service",
        "systemd-firstboot.service",
        "systemd-ask-password-wall.path",
        "systemd-ask-password-console.path",
    ];

    /// <summary>Work that is wasted, or fails, on a root that is read-only or gone with the next boot.</summary>
    public static readonly IReadOnlyList<string> Housekeeping =
    [
        "systemd-random-seed.service",
        "systemd-boot-random-seed.service",
        "systemd-update-utmp.service",
        "systemd-update-done.service",
        "systemd-machine-id-commit.service",
        "systemd-journal-flush.service",
        "systemd-journal-catalog-update.service",
        "systemd-hwdb-update.service",
        "ldconfig.service",
        "systemd-remount-fs.service",
        "apt-daily.timer",
        "apt-daily-upgrade.timer",
        "dpkg-db-backup.timer",
        "fstrim.timer",
        "e2scrub_all.timer",
        "e2scrub_reap.service",
    ];

    public static IEnumerable<string> All => Measuring.Concat(Logins).Concat(Housekeeping);
}
