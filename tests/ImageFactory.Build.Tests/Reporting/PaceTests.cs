using ImageFactory.Build.Reporting;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Tests.Reporting;

public sealed class PaceTests
{
    private readonly ManualTime time = new();
    private readonly Pace pace;

    public PaceTests() => pace = new Pace(time);

    [Fact]
    public void Nothing_is_known_in_the_first_seconds()
    {
        for (int second = 0; second < 4; second++)
        {
            Tell(second * 100, 1000);
            Assert.Null(pace.Rate());
            Assert.Null(pace.Left());
            Pass(1);
        }

        Tell(400, 1000);
        Assert.Equal(100, pace.Rate());
        Assert.Equal(TimeSpan.FromSeconds(6), pace.Left());
    }

    [Fact]
    public void What_is_left_counts_down_though_the_speed_trembles()
    {
        // 1 % in a second, one fifth more or less.
        Random random = new(7);
        double done = 0;
        TimeSpan? before = null;
        int upward = 0;
        while (done < 97)
        {
            done += 0.8 + (0.4 * random.NextDouble());
            Pass(1);
            Tell((long)(done * 1_000_000), 100_000_000);
            TimeSpan? left = pace.Left();
            if (before is { } last && left > last)
                upward++;
            if (left is not null)
                Assert.InRange(left.Value.TotalSeconds, 0, 120);
            before = left;
        }

        Assert.NotNull(before);
        Assert.InRange(upward, 0, 3);
    }

    [Fact]
    public void Half_the_speed_becomes_twice_the_time_soon()
    {
        long done = 0;
        for (int i = 0; i < 60; i++)
            Step(10);
        Assert.InRange(pace.Left()!.Value.TotalSeconds, 930, 950);
        for (int i = 0; i < 25; i++)
            Step(5);
        Assert.Equal(5, pace.Rate());
        Assert.InRange(pace.Left()!.Value.TotalSeconds, 1600, 2100);

        void Step(int amount)
        {
            Pass(1);
            Tell(done += amount, 10_000);
        }
    }

    [Fact]
    public void Large_pieces_on_a_slow_line_are_a_speed_too()
    {
        for (int i = 0; i <= 6; i++)
        {
            Tell(i * 4_000_000, 40_000_000);
            Pass(i == 6 ? 15 : 30);
        }

        // 4 MB in 30 s, and half the time of the next piece has passed: 3.5 pieces of 30 s are left.
        Assert.Equal(133_333, pace.Rate()!.Value, 1.0);
        Assert.InRange(pace.Left()!.Value.TotalSeconds, 100, 110);
    }

    [Fact]
    public void What_stands_still_has_no_speed_and_begins_anew()
    {
        for (int i = 0; i <= 10; i++)
        {
            Tell(i * 10, 1000);
            Pass(1);
        }

        Pass(60);
        Assert.Null(pace.Rate());
        Assert.Null(pace.Left());

        Tell(110, 1000);
        Assert.Null(pace.Rate());
        for (int i = 0; i <= 5; i++)
        {
            Pass(1);
            Tell(110 + (i * 20), 1000);
        }

        Assert.InRange(pace.Rate()!.Value, 16, 20);
    }

    [Theory]
    [InlineData(60, 1000, "bytes")]
    [InlineData(0, 1000, "bytes")]
    [InlineData(700, 1000, "packages")]
    public void Another_phase_begins_anew(long done, long total, string unit)
    {
        for (int i = 0; i <= 10; i++)
        {
            Tell(i * 50, 1000);
            Pass(1);
        }

        pace.Add(new StageProgressed(done, total, unit));

        Assert.Null(pace.Rate());
        Assert.Null(pace.Left());
    }

    [Fact]
    public void Threads_that_overtake_each_other_do_no_harm()
    {
        for (int i = 0; i <= 10; i++)
        {
            Tell((i * 10) + 2, 1000);
            Tell((i * 10) + 1, 1000);
            Pass(1);
        }

        Assert.Equal(10, pace.Rate());
        Assert.Equal(102, pace.Last!.Done);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(40)]
    public void Without_an_end_ahead_there_is_a_speed_and_no_time_left(long total)
    {
        for (int i = 0; i <= 5; i++)
        {
            Tell(i * 10, total);
            Pass(1);
        }

        Assert.Equal(10, pace.Rate());
        Assert.Null(pace.Left());
    }

    [Fact]
    public void An_end_in_days_is_not_told()
    {
        for (int i = 0; i <= 10; i++)
        {
            Tell(i, 1_000_000);
            Pass(1);
        }

        Assert.Equal(1, pace.Rate());
        Assert.Null(pace.Left());
    }

    [Theory]
    [InlineData(0, "5 s left")]
    [InlineData(0.4, "5 s left")]
    [InlineData(31, "35 s left")]
    [InlineData(60, "60 s left")]
    [InlineData(61, "2 min left")]
    [InlineData(3600, "60 min left")]
    [InlineData(59_940, "999 min left")]
    public void What_is_left_is_told_as_coarsely_as_it_is_known(double seconds, string text) =>
        Assert.Equal(text, EventText.Left(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(1048576.0 * 1.5, "bytes", "1.5 MiB/s")]
    [InlineData(17, "bytes", "17 B/s")]
    [InlineData(12.46, "packages", "12.5 packages/s")]
    [InlineData(12.46, null, "12.5/s")]
    public void A_speed_has_the_unit_of_the_progress(double rate, string? unit, string text) =>
        Assert.Equal(text, EventText.Rate(rate, unit));

    private void Tell(long done, long total) => pace.Add(new StageProgressed(done, total, "bytes"));

    private void Pass(double seconds) => time.Advance(TimeSpan.FromSeconds(seconds));
}
