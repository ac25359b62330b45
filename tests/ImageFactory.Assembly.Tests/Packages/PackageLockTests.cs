using ImageFactory.Assembly.Packages;
using ImageFactory.Assembly.Tests.Locking;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Packages;

public sealed class PackageLockTests
{
    private static readonly PackageLock Lock = new()
    {
        Request = new PackageRequest { Suite = "trixie", Architecture = "amd64", Components = ["main"], Security = true, Kernel = "linux", Packages = ["a", "b"] },
        Root = [new LockedPackage("a", "1:2.0~rc1-1", "amd64", "main", "pool/main/a/a_2.0~rc1-1_amd64.deb", 10, Sha256.Of("a"))],
        BuildOnly = [],
        Tools = new Dictionary<string, IReadOnlyList<LockedPackage>> { ["image-tools"] = [] },
    };

    [Fact]
    public void What_is_written_is_read_again() => Assert.Equal(Lock.ToJson(), PackageLock.Parse(Lock.ToJson(), "x").ToJson());

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("{\"format\": 2}")]
    public void What_is_no_lock_names_the_file_and_the_remedy(string text)
    {
        FactoryException refused = Assert.Throws<FactoryException>(() => PackageLock.Parse(text, "recipes/x.lock.json"));

        Fault fault = Assert.Single(refused.Faults);
        Assert.Equal("IFA401", fault.Code);
        Assert.Equal("recipes/x.lock.json", fault.Where);
    }

    [Fact]
    public void A_lock_of_a_later_format_is_not_guessed_at() =>
        Assert.Throws<FactoryException>(() => PackageLock.Parse(Lock.ToJson().Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal), "x"));

    [Fact]
    public void Damaged_locks_are_read_or_refused()
    {
        foreach (string text in DamagedText.From(Lock.ToJson(), seed: 815))
        {
            try
            {
                Assert.Equal(Lock.Root.Count, PackageLock.Parse(text, "x").Root.Count);
            }
            catch (FactoryException e)
            {
                Assert.Equal("IFA401", e.Faults[0].Code);
            }
        }
    }

    [Fact]
    public void The_epoch_of_a_version_is_escaped_in_file_names() => Assert.Equal("a_1%3a2.0~rc1-1_amd64.deb", Lock.Root[0].FileName);

    [Theory]
    [InlineData("http://mirror/debian/pool/main/a/a_1%2bb1_amd64.deb", "main", "pool/main/a/a_1+b1_amd64.deb")]
    [InlineData("http://mirror/debian-security/pool/updates/a.deb", "security", "pool/updates/a.deb")]
    public void An_address_belongs_to_one_archive(string address, string archive, string path) =>
        Assert.Equal((archive, path), new PackageArchives("http://mirror/debian", "http://mirror/debian-security", "k").Split(address));
}
