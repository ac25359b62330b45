using ImageFactory.Assembly.Bases.Bootc.Engine;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

/// <summary>Texts as the kernel of a machine with podman wrote them.</summary>
public sealed class MountedHereTests
{
    private const string Folder = "/var/lib/containers/storage/overlay/b010ac07/merged";

    private const string Mounts = $"""
        42 1 254:0 / / rw,relatime - ext4 /dev/vda rw
        48 42 0:39 / {Folder} rw,relatime - overlay overlay rw,lowerdir=/var/lib/containers/storage/overlay/l/PT3T
        50 42 0:41 / /mnt/with\040space\134and\011more rw,relatime - tmpfs tmpfs rw

        """;

    private const string AllUsers = "         0          0 4294967295\n";

    private const string Root = "Name:\tdotnet\nUmask:\t0022\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n";

    [Theory]
    [InlineData(Folder, true)]
    [InlineData("/mnt/with space\\and\tmore", true)]
    [InlineData(Folder + "/usr", false)]
    [InlineData("/var/lib/containers/storage/overlay/b010ac07", false)]
    [InlineData("", false)]
    [InlineData("overlay", false)]
    public void A_folder_is_the_engines_when_something_is_mounted_there(string folder, bool isMounted) =>
        Assert.Equal(isMounted, MountedHere.Has(folder, Mounts, AllUsers, Root));

    [Theory]
    [InlineData("         0       1000          1\n         1     100000      65536\n")]
    [InlineData("         0     100000 4294867295\n")]
    [InlineData("")]
    public void Where_users_are_not_those_of_the_machine_owners_would_be_wrong(string users) =>
        Assert.False(MountedHere.Has(Folder, Mounts, users, Root));

    [Theory]
    [InlineData("Uid:\t1000\t1000\t1000\t1000\n")]
    [InlineData("Uid:\t0\t1000\t0\t1000\n")]
    [InlineData("Gid:\t0\t0\t0\t0\n")]
    [InlineData("")]
    public void Others_than_root_cannot_read_all_files(string status) => Assert.False(MountedHere.Has(Folder, Mounts, AllUsers, status));
}
