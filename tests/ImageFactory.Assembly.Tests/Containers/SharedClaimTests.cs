using ImageFactory.Assembly.Containers.Sharing;
using ImageFactory.Model;
using ImageFactory.Registry.References;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Assembly.Tests.Containers;

public sealed class SharedClaimTests
{
    private static readonly Sha256 Key = Sha256.Of("a stage"u8);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_looked_early_and_wrote_late_does_not_take_what_another_is_at_work_on()
    {
        await using Warehouse warehouse = await Warehouse.OpenAsync();
        FakeRegistry registry = warehouse.Registry;
        using RegistryStore quick = Open(warehouse);
        using RegistryStore slow = Open(warehouse);
        TaskCompletionSource looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int puts = 0;
        registry.Interfere = async context =>
        {
            if (context.Request.Method == "PUT" && context.Request.Path.Value!.Contains("/manifests/claim-", StringComparison.Ordinal) && Interlocked.Increment(ref puts) == 1)
            {
                looked.SetResult();
                await written.Task;
            }

            return false;
        };

        Task<IAsyncDisposable?> late = slow.TryClaimAsync(Key, Cancellation);
        await looked.Task;
        await using IAsyncDisposable? first = await quick.TryClaimAsync(Key, Cancellation);
        written.SetResult();
        await using IAsyncDisposable? second = await late;

        Assert.NotNull(first);
        Assert.Null(second);
    }

    [Fact]
    public async Task A_claim_is_had_by_one_and_then_by_the_next()
    {
        await using Warehouse warehouse = await Warehouse.OpenAsync();
        using RegistryStore one = Open(warehouse);
        using RegistryStore two = Open(warehouse);

        await using (IAsyncDisposable? held = await one.TryClaimAsync(Key, Cancellation))
        {
            Assert.NotNull(held);
            Assert.Null(await two.TryClaimAsync(Key, Cancellation));
        }

        await using IAsyncDisposable? next = await two.TryClaimAsync(Key, Cancellation);
        Assert.NotNull(next);
    }

    private static RegistryStore Open(Warehouse warehouse) => new(ImageReference.Parse($"{warehouse.Host}/org/stages"), warehouse.Access, TimeSpan.FromSeconds(3));
}
