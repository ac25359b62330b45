using ImageFactory.Build.Hosting;
using ImageFactory.Model;

namespace ImageFactory.Build.Tests.Hosting;

public sealed class ShutdownTests
{
    [Fact]
    public void The_first_signal_cancels_and_the_second_ends_at_once()
    {
        using Shutdown shutdown = new();
        List<string> happened = [];

        shutdown.Request(ExitCode.Interrupted, code => happened.Add($"ended {(int)code}"), _ => happened.Add("notice"));
        bool cancelledByFirst = shutdown.Token.IsCancellationRequested;
        shutdown.Request(ExitCode.Terminated, code => happened.Add($"ended {(int)code}"), _ => happened.Add("notice"));

        Assert.True(cancelledByFirst);
        Assert.Equal(["notice", "ended 143"], happened);
        Assert.Equal(ExitCode.Interrupted, shutdown.Requested);
    }
}
