using ImageFactory.Model;

namespace ImageFactory.Assembly.Sbom;

internal static class SbomFaults
{
    private const string SaysSo = "the SBOM says so itself; list the packages with a tool of the distribution";

    public static Fault NoDatabase(string system) =>
        new("IFA961", ExitCode.InvalidInput, $"the packages of {system} are not listed in the SBOM: it has no database of dpkg or rpm")
        {
            Hint = SaysSo,
        };

    public static Fault BadRpmDatabase(string path, string what) =>
        new("IFA962", ExitCode.InvalidInput, $"the packages in the database of rpm cannot be read: {what}")
        {
            Where = path,
            Hint = "run rpmdb --rebuilddb in the base, or list the packages with a tool of the distribution",
        };

    public static Fault RpmDatabaseInUse(string path, string unfinished) =>
        new("IFA963", ExitCode.InvalidInput, $"the packages in the database of rpm cannot be read: its last changes are still in {unfinished}")
        {
            Where = path,
            Hint = "make the base from a system that was shut down, or run rpmdb --rebuilddb in it",
        };

    public static Fault UnknownRpmDatabase(string folder) =>
        new("IFA964", ExitCode.InvalidInput, "the packages in the database of rpm cannot be read: only rpmdb.sqlite and Packages.db are")
        {
            Where = folder,
            Hint = "convert it in the base with rpmdb --rebuilddb and %_db_backend sqlite, or list the packages with a tool of the distribution",
        };
}
