using System.Runtime.InteropServices;

namespace LibGuestFs.Net;

/// <summary>Whether libguestfs is there, and what would install it.</summary>
public static class Library
{
    /// <exception cref="GuestFsMissingException">It is not.</exception>
    public static void EnsureInstalled() => EnsureInstalled(Native.LibGuestFs.Library, "/etc/os-release");

    internal static void EnsureInstalled(string library, string osRelease)
    {
        if (!NativeLibrary.TryLoad(library, out nint loaded))
            throw new GuestFsMissingException($"the library {library} is not on this machine", InstallCommand(osRelease));
        NativeLibrary.Free(loaded);
    }

    /// <summary>The command that installs libguestfs with a kernel for its appliance.</summary>
    internal static string InstallCommand(string osRelease)
    {
        string[] ids = [];
        if (File.Exists(osRelease))
        {
            ids =
            [
                .. File.ReadLines(osRelease)
                    .Where(l => l.StartsWith("ID=", StringComparison.Ordinal) || l.StartsWith("ID_LIKE=", StringComparison.Ordinal))
                    .SelectMany(l => l[(l.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"').Split(' ')),
            ];
        }

        if (ids.Contains("debian") || ids.Contains("ubuntu"))
            return "apt-get install -y libguestfs0 " + (ids.Contains("ubuntu") ? "linux-image-generic" : "linux-image-cloud-amd64");
        if (ids.Contains("fedora") || ids.Contains("rhel") || ids.Contains("centos"))
            return "dnf install -y libguestfs";
        return ids.Contains("suse") || ids.Contains("opensuse") ? "zypper install libguestfs0" : "install libguestfs with the package manager of this distribution";
    }
}
