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

    public static Fault NoMirror() =>
        new("IFH033", ExitCode.Unavailable, "this host names no Debian mirror, so tests that compare with programs of Debian's packages will be skipped")
        {
            Severity = Severity.Warning,
            Hint = "name one in /etc/apt/sources.list.d",
        };

    public static Fault NoTools(Fault? cause) =>
        new("IFH034", ExitCode.Unavailable, $"the tools of the tests could not be had, so tests that need them will be skipped{(cause is null ? "" : $": {cause.Message}")}")
        {
            Severity = Severity.Warning,
            Detail = cause?.Detail,
            Hint = "check the network and the mirror in /etc/apt; the store keeps what was fetched once",
        };
}
