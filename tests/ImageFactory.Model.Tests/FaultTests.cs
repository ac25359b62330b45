namespace ImageFactory.Model.Tests;

public sealed class FaultTests
{
    [Fact]
    public void The_text_names_place_code_message_detail_and_hint()
    {
        Fault fault = new("IFS103", ExitCode.InvalidInput, "the host key document expired on 2026-10-31")
        {
            Where = "hkd/HKD-8561.crt",
            Detail = "first\nsecond\n",
            Hint = "download the current HKD",
        };

        Assert.Equal("hkd/HKD-8561.crt: IFS103: the host key document expired on 2026-10-31\n    first\n    second\n  hint: download the current HKD", fault.ToString());
    }

    [Fact]
    public void A_warning_says_so() =>
        Assert.Equal("IFA001: warning: doubtful", new Fault("IFA001", ExitCode.InvalidInput, "doubtful").AsWarning().ToString());

    [Fact]
    public void The_exit_code_is_that_of_the_first_error()
    {
        Fault warning = new Fault("IFA001", ExitCode.Unavailable, "doubtful").AsWarning();
        Fault error = new("IFA002", ExitCode.CannotWrite, "full");

        Assert.Equal(ExitCode.CannotWrite, new FactoryException([warning, error]).ExitCode);
    }

    [Fact]
    public void Warnings_alone_end_nothing() => FactoryException.ThrowIfAny([new Fault("IFA001", ExitCode.Unavailable, "doubtful").AsWarning()]);
}
