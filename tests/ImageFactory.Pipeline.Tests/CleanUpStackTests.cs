using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests;

public sealed class CleanUpStackTests
{
    [Fact]
    public async Task What_came_last_is_undone_first_and_a_failure_does_not_stop_the_rest()
    {
        List<string> undone = [];
        CleanUpStack stack = new();
        stack.Register("undo a", _ => Note(undone, "a"));
        stack.Register("undo b", _ => throw new InvalidOperationException("b is stuck"));
        stack.Register("undo c", _ => Note(undone, "c"));

        await stack.DisposeAsync();

        Assert.Equal(["c", "a"], undone);
        Assert.Equal("IFP301: warning: could not undo b: b is stuck", Assert.Single(stack.Faults).ToString());
    }

    [Fact]
    public async Task What_takes_too_long_is_given_up()
    {
        CleanUpStack stack = new(TimeSpan.FromMilliseconds(100));
        stack.Register("wait", _ => Task.Delay(Timeout.Infinite, CancellationToken.None));

        await stack.DisposeAsync();

        Assert.Single(stack.Faults);
    }

    [Fact]
    public async Task A_folder_may_be_gone_or_never_have_been()
    {
        using TestFolder folder = new();
        CleanUpStack stack = new();
        stack.RegisterFolder(folder["never"]);
        stack.RegisterFolder(Directory.CreateDirectory(folder["there"]).FullName);

        await stack.DisposeAsync();

        Assert.Empty(stack.Faults);
        Assert.False(Directory.Exists(folder["there"]));
    }

    private static Task Note(List<string> undone, string what)
    {
        undone.Add(what);
        return Task.CompletedTask;
    }
}
