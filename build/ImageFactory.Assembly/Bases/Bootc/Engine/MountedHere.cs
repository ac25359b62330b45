using System.Text.RegularExpressions;

namespace ImageFactory.Assembly.Bases.Bootc.Engine;

/// <summary>
/// Whether a folder that an engine names is the same here: engines without root, on other machines, or beside our container mount where we do not see it, and may
/// still name a folder that we have. As proc_pid_mountinfo(5), proc_pid_status(5) and user_namespaces(7) tell it.
/// </summary>
internal static partial class MountedHere
{
    private const int MountPointField = 4;

    public static bool Has(string folder)
    {
        try
        {
            return Has(folder, File.ReadAllText("/proc/self/mountinfo"), File.ReadAllText("/proc/self/uid_map"), File.ReadAllText("/proc/self/status"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <param name="mounts">Text of mountinfo.</param>
    /// <param name="users">Text of uid_map: <c>inside outside count</c>. Where not all users are those of the machine, owners of files look like others.</param>
    /// <param name="status">Text of status, with a line <c>Uid:</c> of real, effective, saved and file system's user: others than root may not read all files of an image.</param>
    internal static bool Has(string folder, string mounts, string users, string status) =>
        status.Split('\n').Any(line => line.Split('\t') is ["Uid:", _, "0", ..])
        && users.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["0", "0", "4294967295"]
        && mounts.Split('\n').Any(line => line.Split(' ') is { Length: > MountPointField } fields && Unescaped(fields[MountPointField]) == folder);

    private static string Unescaped(string field) => Octal().Replace(field, m => ((char)Convert.ToInt32(m.Groups[1].Value, 8)).ToString());

    /// <summary>Spaces, tabs, line feeds and backslashes.</summary>
    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();
}
