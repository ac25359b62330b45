using ImageFactory.Assembly.Disk;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.Disk;

public sealed class KernelCommandLineTests
{
    private static readonly Recipe Plain = new() { Name = "x", Base = new DebianBase() };
    private static readonly DiskSeed Seed = new("x", "X64");

    [Fact]
    public void The_root_hash_comes_first_then_the_overlay_then_the_recipe_s_arguments()
    {
        Recipe recipe = Plain with { System = new SystemSettings { KernelArguments = ["console=ttyS0", "quiet"] } };
        Sha256 rootHash = Sha256.Of("root");

        Assert.Equal($"roothash={rootHash.Hex} systemd.volatile=overlay console=ttyS0 quiet", KernelCommandLine.Of(recipe, rootHash, Seed));
    }

    [Fact]
    public void Without_integrity_the_root_is_found_by_its_partition() =>
        Assert.StartsWith($"root=PARTUUID={Seed.Uuid("root-partition")} ro systemd.volatile=overlay", KernelCommandLine.Of(Plain, null, Seed), StringComparison.Ordinal);

    /// <summary>The reference's command line (SE format, section 15), with the recipe's own words in place of ours.</summary>
    [Fact]
    public void A_secure_guest_gets_bounce_buffers_and_no_shell_unless_the_recipe_says_otherwise()
    {
        Recipe recipe = Plain with
        {
            Architecture = Architecture.S390x,
            SecureExecution = new SecureExecutionSettings { HostKeys = [] },
            System = new SystemSettings { KernelArguments = ["console=ttysclp0", "swiotlb=131072"] },
        };

        Assert.Equal(
            $"root=/dev/mapper/luks-{Seed.Uuid("luks")} ro systemd.volatile=overlay blacklist=virtio_rng rd.shell=0 panic=0 console=ttysclp0 swiotlb=131072",
            KernelCommandLine.Of(recipe, null, Seed));
    }

    [Fact]
    public void Identifiers_are_the_same_for_a_recipe_and_different_for_another()
    {
        Assert.Equal(Seed.Uuid("disk"), new DiskSeed("x", "X64").Uuid("disk"));
        Assert.NotEqual(Seed.Uuid("disk"), new DiskSeed("y", "X64").Uuid("disk"));
        Assert.NotEqual(Seed.Uuid("disk"), Seed.Uuid("root"));
        Assert.Equal(8, Seed.Uuid("disk").Version);
    }

    [Theory]
    [InlineData(24 << 20, 40 << 20)]
    [InlineData(60 << 20, (63 << 20) + (1 << 20))]
    public void The_efi_partition_fits_its_uki_and_stays_fat32(long uki, long size) => Assert.Equal(size, EfiSystemPartition.SizeFor(uki));
}
