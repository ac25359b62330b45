using ImageFactory.Build.Reporting;
using ImageFactory.Model;

namespace ImageFactory.Build.Tests.Reporting;

public sealed class FaultTextTests
{
    [Fact]
    public void Errors_come_first_then_warnings_then_how_many_there_are()
    {
        string text = FaultText.Of(
        [
            new Fault("IFA001", ExitCode.InvalidInput, "odd").AsWarning(),
            new Fault("IFA002", ExitCode.InvalidInput, "wrong") { Where = "r.yaml:3:1", Hint = "mend it" },
            new Fault("IFA003", ExitCode.InvalidInput, "also wrong") { Detail = "said\nthe tool" },
        ]);

        Assert.Equal(
            """
            r.yaml:3:1: IFA002: wrong
              hint: mend it
            IFA003: also wrong
                said
                the tool
            IFA001: warning: odd
            2 errors, 1 warning

            """,
            text);
    }

    [Fact]
    public void A_single_fault_needs_no_count() =>
        Assert.Equal("IFA001: wrong\n", FaultText.Of([new Fault("IFA001", ExitCode.InvalidInput, "wrong")]));
}
