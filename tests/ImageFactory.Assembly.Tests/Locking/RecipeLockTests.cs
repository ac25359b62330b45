using ImageFactory.Assembly.Locking;
using ImageFactory.Assembly.Packages;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.Locking;

public sealed class RecipeLockTests : IDisposable
{
    private const string Where = "r.lock.json";

    private static readonly PackageLock Packages = new()
    {
        Request = new PackageRequest { Suite = "trixie", Architecture = "amd64", Components = ["main"], Security = true, Kernel = "linux", Packages = ["a"] },
        Root = [new LockedPackage("a", "1", "amd64", "main", "pool/a.deb", 10, Sha256.Of("a"))],
        BuildOnly = [],
        Tools = new Dictionary<string, IReadOnlyList<LockedPackage>>(),
    };

    private static readonly RecipeLock Lock = new()
    {
        Inputs =
        [
            LockedInput.Of("agentPolicy", Sha256.Of("policy")),
            new LockedInput("image registry.example.com/x:1", "sha256:" + Sha256.Of("image").Hex),
            LockedInput.Of("overlay podvm", Sha256.Of("overlay")),
            LockedInput.Of("payload[0]", Sha256.Of("payload")),
        ],
        Packages = Packages,
    };

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("recipe-lock-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void What_is_written_is_read_again()
    {
        RecipeLock read = RecipeLock.Parse(Lock.ToJson(), Where);

        Assert.Equal(Lock.ToJson(), read.ToJson());
        Assert.Equal(Lock.Inputs, read.Inputs);
        Assert.Equal(Packages.ToJson(), read.Packages!.ToJson());
        Assert.Equal(new Dictionary<string, string> { ["registry.example.com/x:1"] = "sha256:" + Sha256.Of("image").Hex }, read.Images);
    }

    [Fact]
    public void A_lock_without_packages_has_none() => Assert.Null(RecipeLock.Parse((Lock with { Packages = null }).ToJson(), Where).Packages);

    [Fact]
    public void The_form_of_before_pins_its_packages_and_nothing_that_is_locked()
    {
        RecipeLock old = RecipeLock.Parse(Packages.ToJson(), Where);

        Assert.Equal(Packages.ToJson(), old.Packages!.ToJson());
        Assert.Empty(old.Images);
        Fault fault = Assert.Single(old.Differences([], [], Where));
        Assert.Equal(("IFA444", Where), (fault.Code, fault.Where));
    }

    [Fact]
    public void The_same_inputs_differ_in_nothing() =>
        Assert.Empty(Lock.Differences([.. Lock.Inputs.Where(i => !i.IsImage)], ["registry.example.com/x:1"], Where));

    [Fact]
    public void All_that_differs_is_told_with_both_digests()
    {
        IReadOnlyList<Fault> faults = Lock.Differences(
            [LockedInput.Of("agentPolicy", Sha256.Of("other")), LockedInput.Of("overlay podvm", Sha256.Of("overlay")), LockedInput.Of("system.files[0].source", Sha256.Of("file"))],
            ["registry.example.com/x:2"],
            Where);

        Assert.Equal(["IFA441", "IFA442", "IFA442", "IFA443", "IFA443"], faults.Select(f => f.Code));
        Assert.Equal($"locked: sha256:{Sha256.Of("policy")}\nfound:  sha256:{Sha256.Of("other")}", faults[0].Detail);
        Assert.All(
            faults.Zip(["'agentPolicy'", "'system.files[0].source'", "'image registry.example.com/x:2'", "'image registry.example.com/x:1'", "'payload[0]'"]),
            pair => Assert.Contains(pair.Second, pair.First.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"format":3,"inputs":[]}""")]
    [InlineData("""{"format":"2","inputs":[]}""")]
    [InlineData("""{"format":2}""")]
    [InlineData("""{"format":2,"inputs":[null]}""")]
    [InlineData("""{"format":2,"inputs":[{"name":"a","digest":"sha256:00"}]}""")]
    [InlineData("""{"format":2,"inputs":[{"name":"a"}]}""")]
    [InlineData("""{"format":2,"inputs":[],"more":1}""")]
    public void What_is_no_lock_names_the_file(string text)
    {
        Fault fault = Assert.Single(Assert.Throws<FactoryException>(() => RecipeLock.Parse(text, Where)).Faults);

        Assert.Equal(("IFA401", Where), (fault.Code, fault.Where));
    }

    [Fact]
    public void An_input_that_is_there_twice_is_refused() =>
        Assert.Throws<FactoryException>(() => RecipeLock.Parse((Lock with { Inputs = [.. Lock.Inputs, Lock.Inputs[0]] }).ToJson(), Where));

    [Fact]
    public void Damaged_locks_are_read_or_refused()
    {
        foreach (string text in DamagedText.From(Lock.ToJson(), seed: 1121))
        {
            try
            {
                RecipeLock read = RecipeLock.Parse(text, Where);
                Assert.All(read.Inputs, input => Assert.Contains(':', input.Digest));
            }
            catch (FactoryException e)
            {
                Assert.Equal("IFA401", e.Faults[0].Code);
            }
        }
    }

    [Fact]
    public async Task A_file_counts_by_its_bytes_and_a_folder_by_what_is_in_it()
    {
        string file = Path.Combine(folder.CreateSubdirectory("tree").FullName, "f");
        await File.WriteAllTextAsync(file, "one", TestContext.Current.CancellationToken);
        SourcePath tree = new("tree", Path.Combine(folder.FullName, "tree"));
        LockedInput? before = await LockedInput.OfPathAsync("x", tree, TestContext.Current.CancellationToken);
        LockedInput? bytes = await LockedInput.OfPathAsync("x", new SourcePath("f", file), TestContext.Current.CancellationToken);
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        LockedInput? otherMode = await LockedInput.OfPathAsync("x", tree, TestContext.Current.CancellationToken);

        // printf one | sha256sum
        Assert.Equal("sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed", bytes!.Digest);
        Assert.NotEqual(before, otherMode);
        Assert.Null(await LockedInput.OfPathAsync("x", new SourcePath("none", Path.Combine(folder.FullName, "none")), TestContext.Current.CancellationToken));
    }
}
