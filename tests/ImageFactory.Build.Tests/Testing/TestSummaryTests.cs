using ImageFactory.Build.Testing;
using ImageFactory.Build.Tests.Support;

namespace ImageFactory.Build.Tests.Testing;

public sealed class TestSummaryTests : IDisposable
{
    // Shortened from what an xUnit v3 3.2 program wrote with -xml.
    private const string Results =
        """
        <?xml version="1.0" encoding="utf-8"?>
        <assemblies schema-version="3">
          <assembly name="X.Tests.dll" total="3" passed="1" failed="1" skipped="1" errors="1">
            <errors><error type="fixture-cleanup" name="Fixture"><failure><message>disk gone</message></failure></error></errors>
            <collection total="3" passed="1" failed="1" skipped="1" name="c">
              <test name="X.A.Is_good" type="X.A" method="Is_good" time="0.01" result="Pass" />
              <test name="X.A.Is_bad" type="X.A" method="Is_bad" time="0.02" result="Fail">
                <failure exception-type="Xunit.Sdk.EqualException">
                  <message><![CDATA[Assert.Equal() Failure
        Expected: 1]]></message>
                  <stack-trace><![CDATA[at X.A.Is_bad() in A.cs:line 3]]></stack-trace>
                </failure>
              </test>
              <test name="X.A.Needs_root" type="X.A" method="Needs_root" time="0" result="Skip"><reason><![CDATA[needs root]]></reason></test>
            </collection>
          </assembly>
        </assemblies>
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Failures_and_skips_are_named_and_the_last_line_stands_alone()
    {
        AssemblyResult read = ResultFile.Read("X.Tests", folder.File("r.xml", Results), TimeSpan.FromSeconds(1.24));

        string text = new TestSummary([read, AssemblyResult.Broken("Y.Tests", "died", TimeSpan.FromSeconds(61))]).ToText();

        Assert.Equal(
            """
            FAILED X.A.Is_bad
                Assert.Equal() Failure
                Expected: 1
                at X.A.Is_bad() in A.cs:line 3

            FAILED Fixture
                disk gone

            FAILED Y.Tests
                died

            skipped: needs root
                X.A.Needs_root

                     passed  failed skipped         time
            X.Tests       1       2       1        1.2 s
            Y.Tests       0       1       0   1 min 01 s

            1 passed, 3 failed, 1 skipped

            """,
            text);
    }
}
