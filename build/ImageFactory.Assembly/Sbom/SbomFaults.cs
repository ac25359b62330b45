using ImageFactory.Model;

namespace ImageFactory.Assembly.Sbom;

internal static class SbomFaults
{
    public static Fault NoDatabase(string system) =>
        new("IFA961", ExitCode.InvalidInput, $"the packages of {system} are not listed in the SBOM: only dpkg's database is read")
        {
            Hint = "the SBOM says so itself; list the packages with a tool of the distribution",
        };
}
