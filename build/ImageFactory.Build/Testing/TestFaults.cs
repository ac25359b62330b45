using ImageFactory.Model;

namespace ImageFactory.Build.Testing;

/// <summary>What can keep tests from being run.</summary>
internal static class TestFaults
{
    public static Fault DoesNotCompile(string output) =>
        new("IFH030", ExitCode.Internal, "the tests do not compile") { Detail = output, Hint = "mend what the compiler says above" };

    public static Fault NothingMatches(string filter, IEnumerable<string> names) =>
        new("IFH031", ExitCode.Usage, $"no test assembly matches '{filter}'") { Hint = "there are: " + string.Join(", ", names) };

    public static Fault NoSources(string root) =>
        new("IFH032", ExitCode.Configuration, "the tests are not here") { Where = root, Hint = "run this in a checkout of the sources" };
}
