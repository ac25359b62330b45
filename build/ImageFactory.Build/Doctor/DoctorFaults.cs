using ImageFactory.Model;

namespace ImageFactory.Build.Doctor;

/// <summary>What can be wrong with the machine.</summary>
internal static class DoctorFaults
{
    public static Fault Missing(IReadOnlyList<HostProgram> missing, string? command) =>
        new("IFH020", ExitCode.Unavailable, $"this machine lacks {string.Join(", ", missing.Select(p => p.Name))}")
        {
            Hint = command is null ? "install them with the package manager of this distribution" : $"run: {command}",
        };

    public static Fault StillMissing(IReadOnlyList<HostProgram> missing, string command) =>
        new("IFH021", ExitCode.Unavailable, $"{string.Join(", ", missing.Select(p => p.Name))} is still missing after: {command}")
        {
            Hint = "install it by hand; './build.sh doctor' shows what is found",
        };
}
