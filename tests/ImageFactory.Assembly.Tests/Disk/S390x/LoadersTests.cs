using ImageFactory.Assembly.Disk.S390x;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.Assembly.Tests.Disk.S390x;

public sealed class LoadersTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void They_are_found_in_one_folder_and_in_an_unpacked_package()
    {
        foreach (string file in (string[])["flat/stage3a.bin", "flat/stage3b_reloc.bin", "flat/stage3.bin", "tree/usr/share/s390-tools/pvimg/stage3a.bin", "tree/usr/share/s390-tools/pvimg/stage3b_reloc.bin", "tree/usr/lib/s390-tools/stage3.bin"])
            folder.Write(file, "x");

        Assert.Equal(folder["flat/stage3.bin"], LoadersStage.Find(Folder("flat")).Single(f => f.File == "stage3.bin").Path);
        Assert.Equal(folder["tree/usr/lib/s390-tools/stage3.bin"], LoadersStage.Find(Folder("tree/usr/share/s390-tools/pvimg")).Single(f => f.File == "stage3.bin").Path);
    }

    [Fact]
    public void All_that_are_missing_are_told_at_once()
    {
        folder.Write("some/stage3a.bin", "x");

        IReadOnlyList<Fault> faults = Assert.Throws<FactoryException>(() => LoadersStage.Find(Folder("some"))).Faults;

        Assert.Equal(["IFA511", "IFA511"], faults.Select(f => f.Code));
        Assert.All(faults, f => Assert.Contains("s390-tools", f.Hint, StringComparison.Ordinal));
    }

    [Fact]
    public void Keys_of_an_owner_are_never_overwritten_and_a_failure_leaves_none()
    {
        OwnerKeyFolder owner = new(folder["keys"]);
        using SecretBytes key = new("0123456789"u8);
        owner.Write("tag", new Dictionary<string, SecretBytes> { [OwnerKeyFolder.HeaderKey] = key, [OwnerKeyFolder.ImageKey] = key, [OwnerKeyFolder.Cck] = key });

        Assert.True(owner.Has("tag", luks: false));
        Assert.False(owner.Has("tag", luks: true));
        Assert.False(owner.Has("other", luks: false));
        Assert.Equal("0123456789", File.ReadAllText(folder["keys/tag/header.key"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["keys/tag/image.key"]));
        Assert.Equal("IFA512", Assert.Throws<FactoryException>(() => owner.Write("tag", new Dictionary<string, SecretBytes> { [OwnerKeyFolder.Cck] = key })).Faults[0].Code);
        Assert.True(owner.Has("tag", luks: false));
    }

    [Fact]
    public void A_folder_for_keys_that_cannot_be_made_is_a_fault()
    {
        folder.Write("file", "x");
        using SecretBytes key = new("0123456789"u8);

        FactoryException refused = Assert.Throws<FactoryException>(() => new OwnerKeyFolder(folder["file"]).Write("tag", new Dictionary<string, SecretBytes> { [OwnerKeyFolder.Cck] = key }));

        Assert.Equal("IFA512", refused.Faults[0].Code);
    }

    public void Dispose() => folder.Dispose();

    private SourcePath Folder(string name) => new(name, folder[name]);
}
