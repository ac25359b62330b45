using ImageFactory.Assembly.Inspection;
using ImageFactory.Assembly.Sbom;
using ImageFactory.Assembly.Sbom.Rpm;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Assembly.Tree;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Sbom.Rpm;

/// <summary>Packages as rpm itself tells them of a database that it wrote.</summary>
[Trait("needs", "rpm rpmbuild")]
public sealed class RpmPackagesTests(RpmSystem system) : IClassFixture<RpmSystem>
{
    private const string Query = "%{NAME}|%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}|%{ARCH}|%{LICENSE}|%{VENDOR}|%{SOURCERPM}\n";

    [Fact]
    public void Packages_are_those_that_rpm_lists()
    {
        string[] expected = [.. system.Ask("-qa", "--queryformat", Query).Where(l => !l.StartsWith("gpg-pubkey|", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

        InstalledPackages found = InstalledPackages.Find(system.Root())!;

        Assert.Equal("rpm", found.Manager);
        Assert.True(expected.Length > 40);
        Assert.Equal(expected, found.Packages.Select(p =>
            $"{p.Name}|{p.Version}|{p.Architecture}|{p.Licence ?? p.LicenceWords}|{p.Supplier}|{p.Source.Name}-{p.Source.Version}.src.rpm").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Package_urls_are_as_their_specification_has_them()
    {
        IReadOnlyList<SbomPackage> found = InstalledPackages.Find(system.Root())!.Packages;

        // purl specification: the epoch is a qualifier, not part of the version.
        SbomPackage library = Assert.Single(found, p => p.Name == "libstdc++");
        Assert.Equal("pkg:rpm/fedora/libstdc%2B%2B@13.2.1-3.fc42?arch=noarch&distro=fedora-42&epoch=1", library.Url);
        Assert.Equal(("1:13.2.1-3.fc42", "GPL-3.0-or-later WITH GCC-exception-3.1"), (library.Version, library.Licence));
        SbomPackage program = Assert.Single(found, p => p.Name == "tiny");
        Assert.Equal("pkg:rpm/fedora/tiny@1.2-3.fc42?arch=x86_64&distro=fedora-42", program.Url);
        Assert.Equal((null, "GPLv2+ and MIT", "Example, Inc."), (program.Licence, program.LicenceWords, program.Supplier));
    }

    [Theory]
    [InlineData("rhel", "9.6", "pkg:rpm/redhat/tiny@1.2-3.fc42?arch=x86_64&distro=rhel-9.6")]
    [InlineData("centos", "9", "pkg:rpm/centos/tiny@1.2-3.fc42?arch=x86_64&distro=centos-9")]
    [InlineData("opensuse-leap", "15.6", "pkg:rpm/opensuse/tiny@1.2-3.fc42?arch=x86_64&distro=opensuse-leap-15.6")]
    public void The_maker_is_named_as_package_urls_do(string id, string version, string url)
    {
        FileTree tree = system.Root();
        tree.Put("/etc/os-release", TreeEntry.Text($"ID=\"{id}\"\nVERSION_ID=\"{version}\"\n"));

        Assert.Contains(InstalledPackages.Find(tree)!.Packages, p => p.Url == url);
    }

    [Fact]
    public void Owned_files_are_those_that_rpm_lists_behind_the_links_of_the_tree()
    {
        string[] expected = [.. system.Ask("-qal").Where(l => l.StartsWith('/')).Select(p => p.StartsWith("/bin/", StringComparison.Ordinal) ? "/usr" + p : p).Order(StringComparer.Ordinal)];

        InstalledPackages found = InstalledPackages.Find(system.Root())!;

        Assert.True(expected.Length > 1500);
        Assert.Equal(expected, found.Owned.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("libstdc++", found.Owned["/usr/lib/libstdc++.so.6"]);
        Assert.True(found.IsDatabase("/usr/lib/sysimage/rpm/rpmdb.sqlite"));
        Assert.False(found.IsDatabase("/usr/lib/sysimage/rpmdb"));
    }

    [Fact]
    public void The_same_packages_are_read_from_the_other_format()
    {
        using TemporaryFolder folder = new();
        using RawFileSource source = RawFileSource.Open(system.Database);
        string file = folder.Write("Packages.db", NdbWriter.Write([.. SqliteFile.Open(source).Column("Packages", 1)]));

        Assert.Equal(InstalledPackages.Find(system.Root())!.Packages, InstalledPackages.Find(system.Root("Packages.db", file))!.Packages);
    }

    [Fact]
    public void Inspection_counts_them()
    {
        int expected = system.Ask("-qa").Count(l => !l.StartsWith("gpg-pubkey", StringComparison.Ordinal));

        Assert.Equal(new PackageReport("rpm", expected), RootInspection.Of(system.Root(), "erofs", knowsModes: true).Packages);
    }

    [Fact]
    public void A_database_that_is_not_at_rest_is_refused()
    {
        FileTree tree = system.Root();
        tree.Put("/usr/lib/sysimage/rpm/rpmdb.sqlite-wal", TreeEntry.Text("frames"));

        Assert.Equal("IFA963", Assert.Throws<FactoryException>(() => InstalledPackages.Find(tree)).Faults[0].Code);
    }

    [Theory]
    [InlineData("rpmdb.sqlite", "SQLite", "IFA962")]
    [InlineData("Packages.db", "RpmP", "IFA962")]
    [InlineData("Packages", "Berkeley", "IFA964")]
    public void A_database_that_cannot_be_read_is_told_and_not_taken_for_an_empty_one(string name, string content, string code)
    {
        FileTree tree = new();
        tree.Put($"/var/lib/rpm/{name}", TreeEntry.Text(content));

        Assert.Equal(code, Assert.Throws<FactoryException>(() => InstalledPackages.Find(tree)).Faults[0].Code);
        Assert.Equal(new PackageReport("rpm", null), RootInspection.Of(tree, "erofs", knowsModes: true).Packages);
    }
}
