using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace LibGuestFs.Net;

/// <summary>
/// An appliance that was made once and is used as it is. The library else checks at each launch whether the host has changed, and makes a new one
/// when it has; a fixed one keeps what a build does independent of that.
/// </summary>
public static class FixedAppliance
{
    /// <summary>Present in the folder: the library takes it for a fixed appliance because of it.</summary>
    public const string Mark = "README.fixed";

    private static readonly string[] Parts = ["kernel", "initrd", "root", Mark];

    /// <summary>What an appliance made now would be made of: the library's parts and the kernels of this machine. 64 hex digits.</summary>
    /// <exception cref="GuestFsMissingException">libguestfs is not installed.</exception>
    public static string Identity()
    {
        StringBuilder text = new();
        foreach (string file in Directory.EnumerateFiles(SuperminFolder()).Concat(Directory.Exists("/boot") ? Directory.EnumerateFiles("/boot", "vmlinuz-*") : []).Order(StringComparer.Ordinal))
        {
            FileInfo info = new(file);
            text.Append(info.FullName).Append(' ').Append(info.Length).Append(' ').Append(info.LastWriteTimeUtc.Ticks).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    public static bool IsComplete(string folder) => Parts.All(p => File.Exists(Path.Combine(folder, p)));

    /// <summary>Makes one with supermin in a folder that is empty or does not exist: 360 MiB on disk, some seconds.</summary>
    /// <exception cref="GuestFsException">supermin is missing, or failed; the reason holds what it said.</exception>
    public static async Task BuildAsync(string folder, CancellationToken cancellation = default)
    {
        string parts = SuperminFolder();
        Directory.CreateDirectory(folder);
        string machine = RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "x86_64",
            Architecture.Arm64 => "aarch64",
            Architecture.S390x => "s390x",
            Architecture.Ppc64le => "ppc64le",
            Architecture other => throw new PlatformNotSupportedException($"no appliance is known for {other}"),
        };
        ProcessStartInfo start = new("supermin", ["--build", "--format", "ext2", "--host-cpu", machine, "--copy-kernel", parts, "-o", folder])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new GuestFsMissingException($"supermin cannot be started: {e.Message}", Library.InstallCommand("/etc/os-release"));
        }

        using (process)
        {
            process.StandardInput.Close();
            Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            try
            {
                await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            await output.ConfigureAwait(false);
            if (process.ExitCode != 0)
                throw new GuestFsException("supermin", (await errors.ConfigureAwait(false)).Trim(), 0);
        }

        await File.WriteAllTextAsync(Path.Combine(folder, Mark), "A fixed appliance of libguestfs: the library does not rebuild it.\n", cancellation).ConfigureAwait(false);
    }

    private static string SuperminFolder()
    {
        Library.EnsureInstalled();
        IEnumerable<string> folders = new[] { "/usr/lib64/guestfs", "/usr/lib/guestfs" }
            .Concat(Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu").Select(f => Path.Combine(f, "guestfs")))
            .Select(f => Path.Combine(f, "supermin.d"));
        return folders.FirstOrDefault(Directory.Exists)
            ?? throw new GuestFsMissingException("the parts of the appliance (supermin.d) are not on this machine", Library.InstallCommand("/etc/os-release"));
    }
}
