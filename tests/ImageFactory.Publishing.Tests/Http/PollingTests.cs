using ImageFactory.Model;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Http;

public sealed class PollingTests
{
    private readonly FastTime time = new();

    private Polling Minute => new(time, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), TimeSpan.FromMinutes(1));

    [Fact]
    public async Task It_asks_until_something_is_done()
    {
        int asked = 0;

        string done = await Minute.UntilAsync(_ => Task.FromResult(++asked == 5 ? "done" : null), Told, TestContext.Current.CancellationToken);

        Assert.Equal(("done", 5), (done, asked));
    }

    /// <summary>After 0, 1, 2.5, 4.75, 8.125 s, then every 4 s, once more when the minute is over.</summary>
    [Fact]
    public async Task What_is_never_done_is_given_up_when_the_limit_was_waited_for()
    {
        int asked = 0;

        FactoryException given = await Assert.ThrowsAsync<FactoryException>(() => Minute.UntilAsync<string>(
            _ => { asked++; return Task.FromResult<string?>(null); }, Told, TestContext.Current.CancellationToken));

        Assert.Equal("IFU109", given.Faults[0].Code);
        Assert.InRange(asked, 16, 19);
    }

    [Fact]
    public async Task An_answer_that_takes_long_in_coming_uses_up_no_more_than_it_took()
    {
        int asked = 0;

        string done = await Minute.UntilAsync(
            async token =>
            {
                await Task.Delay(200, token);
                return ++asked == 3 ? "done" : null;
            },
            Told,
            TestContext.Current.CancellationToken);

        Assert.Equal("done", done);
        Assert.InRange(time.GetElapsedTime(0, time.GetTimestamp()) - TimeProvider.System.GetElapsedTime(0, TimeProvider.System.GetTimestamp()), TimeSpan.FromSeconds(2.4), TimeSpan.FromSeconds(3));
    }

    private static Fault Told(TimeSpan after) => PublishFaults.TimedOut("recipe.yaml:1:1", "a thing", after);
}
