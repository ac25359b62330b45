using ImageFactory.Images.Uki;

namespace ImageFactory.Measurement.Stub;

/// <summary>What a version of systemd-stub measures and generates (specification of the measurements, sections 3, 6 and 7).</summary>
internal sealed record StubRules
{
    /// <summary>The versions whose rules were seen in recorded boots.</summary>
    private static readonly int[] Verified = [252, 257];

    private static readonly (string Name, int Since)[] Order =
    [
        (".linux", 0), (".osrel", 0), (".cmdline", 0), (".initrd", 0), (".ucode", 256), (".splash", 0), (".dtb", 0),
        (".uname", 254), (".sbat", 254), (".pcrpkey", 0), (".profile", 257), (".dtbauto", 257), (".hwids", 257),
    ];

    /// <summary>Sections that go into PCR 11, in the order of the stub's table.</summary>
    public required IReadOnlyList<string> Sections { get; init; }

    /// <summary>Whether <c>.osrel</c> and <c>.profile</c> are handed on as archives, and so are part of the initrd.</summary>
    public required bool HandsOnTexts { get; init; }

    /// <summary>Whether addons are looked for.</summary>
    public required bool LoadsAddons { get; init; }

    /// <summary>Whether the rules were seen in a boot.</summary>
    public required bool IsVerified { get; init; }

    /// <summary>For people: why not; null when they were.</summary>
    public required string? Doubt { get; init; }

    /// <param name="stub">Null: the program does not say that it is systemd-stub; the newest rules are taken then.</param>
    public static StubRules Of(StubVersion? stub)
    {
        int major = stub?.Major ?? 257;
        bool verified = stub is not null && Verified.Contains(major);
        return new StubRules
        {
            Sections = [.. Order.Where(s => s.Since <= major).Select(s => s.Name)],
            HandsOnTexts = major >= 257,
            LoadsAddons = major >= 254,
            IsVerified = verified,
            Doubt = verified ? null
                : stub is null ? "the UKI does not say which systemd-stub it has; the rules of version 257 were taken"
                : $"no boot with systemd-stub {stub.Text} was recorded; the rules are those of its source",
        };
    }
}
