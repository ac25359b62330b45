using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace LibGuestFs.Net;

/// <summary>Finds and ends the QEMU of one handle. The library tells its process id only after the launch, when it is too late to cancel one.</summary>
internal sealed class ApplianceProcess
{
    /// <summary>A word on the kernel command line of the appliance, which is an argument of QEMU: nobody else has it.</summary>
    public string Mark { get; } = $"libguestfs.net={Guid.NewGuid():N}";

    public void Kill()
    {
        byte[] mark = Encoding.ASCII.GetBytes(Mark);
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                continue;
            try
            {
                if (File.ReadAllBytes(Path.Combine(folder, "cmdline")).AsSpan().IndexOf(mark) >= 0)
                    Process.GetProcessById(id).Kill();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // It ended meanwhile, or it is somebody else's.
            }
        }
    }
}
