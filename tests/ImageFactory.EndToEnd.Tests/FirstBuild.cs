namespace ImageFactory.EndToEnd.Tests;

/// <summary>The default recipe, built once for all tests that go on from it.</summary>
public sealed class FirstBuild : IAsyncLifetime
{
    internal Workshop? Workshop { get; private set; }

    internal Outcome? Outcome { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (Factory.Missing is not null)
            return;
        Workshop = new Workshop("first");
        Outcome = await Workshop.BuildAsync();
    }

    public ValueTask DisposeAsync()
    {
        Workshop?.Dispose();
        return ValueTask.CompletedTask;
    }
}

[CollectionDefinition(nameof(FirstBuild))]
public sealed class FirstBuildUsers : ICollectionFixture<FirstBuild>;

/// <summary>With a first build of its own: its conversions and boots take as long as all the others, and go beside them.</summary>
[CollectionDefinition(nameof(DiskBaseTests))]
public sealed class DiskBaseUsers : ICollectionFixture<FirstBuild>;
