using ImageFactory.Build.Hosting;
using ImageFactory.Model;

namespace ImageFactory.Build.Tests.Hosting;

public sealed class FailureTests
{
    [Fact]
    public void A_bug_of_ours_is_IFX001_and_says_how_to_see_the_trace()
    {
        Fault fault = Assert.Single(Failure.Explain(new InvalidOperationException("impossible"), null));

        Assert.Equal("IFX001", fault.Code);
        Assert.Equal(ExitCode.Internal, fault.ExitCode);
        Assert.Contains("--verbose", fault.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void After_a_signal_nothing_is_anybodys_fault()
    {
        FactoryException killed = new(new Fault("IFP101", ExitCode.Unavailable, "mmdebstrap was killed"));

        Assert.Equal(ExitCode.Terminated, Assert.Single(Failure.Explain(killed, ExitCode.Terminated)).ExitCode);
    }

    [Fact]
    public void A_full_disk_is_no_bug()
    {
        // /dev/full gives ENOSPC to every write.
        IOException full = Assert.Throws<IOException>(() => File.WriteAllText("/dev/full", "x"));

        Assert.Equal(ExitCode.CannotWrite, Assert.Single(Failure.Explain(full, null)).ExitCode);
    }

    [Fact]
    public void Faults_are_told_as_they_are()
    {
        Fault[] faults = [new("IFA001", ExitCode.InvalidInput, "wrong"), new("IFA002", ExitCode.MissingInput, "missing")];

        Assert.Equal(faults, Failure.Explain(new AggregateException(new FactoryException(faults)), null));
    }
}
