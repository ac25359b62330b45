using System.Diagnostics;
using System.Text;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Luks;

namespace ImageFactory.EndToEnd.Tests;

/// <summary>
/// An emulated s390x machine that starts kernel and initrd of a store directly: what the loader of Secure Execution would start after decryption, so that
/// the encrypted disk is tried as far as it can be without IBM's hardware.
/// </summary>
internal sealed class S390xMachine(string store, string folder)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(12);

    /// <summary>The emulator in the factory's own tools tree, once that is complete.</summary>
    public static string? FindQemu(string store)
    {
        string stages = Path.Combine(store, "stages");
        return Directory.Exists(stages)
            ? Directory.GetDirectories(stages).Select(s => Path.Combine(s, "output", "tree", "usr", "bin", "qemu-system-s390x")).FirstOrDefault(File.Exists)
            : null;
    }

    /// <returns>The report of the system inside.</returns>
    public async Task<string> BootEncryptedAsync(string disk, string keyFile, Guid luks, string commandLine, CancellationToken cancellation)
    {
        string initrd = Path.Combine(folder, "direct.initrd");
        string report = Path.Combine(folder, "direct.report");
        string console = Path.Combine(folder, "direct.console");
        AppendKey(FindOutput("initrd.img"), initrd, keyFile, luks);
        string overlay = Path.Combine(folder, "direct.qcow2");
        File.Copy(disk, overlay);

        string tree = FindQemu(store)![..^"/usr/bin/qemu-system-s390x".Length];
        string libraries = Path.Combine(tree, "usr/lib/x86_64-linux-gnu");
        ProcessStartInfo start = new(Path.Combine(libraries, "ld-linux-x86-64.so.2")) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[
            "--library-path", $"{libraries}:{tree}/usr/lib", "--argv0", "qemu-system-s390x", FindQemu(store)!, "-L", Path.Combine(tree, "usr/share/qemu"),
            "-machine", "s390-ccw-virtio", "-accel", "tcg", "-cpu", "max", "-m", "1536", "-nodefaults", "-display", "none", "-no-reboot",
            "-kernel", FindOutput("vmlinuz"), "-initrd", initrd, "-append", commandLine,
            "-drive", $"if=none,id=disk,format=qcow2,cache=unsafe,file={overlay}", "-device", "virtio-blk-ccw,drive=disk",
            "-chardev", $"file,id=console,path={console}", "-device", "sclpconsole,chardev=console",
            "-device", "virtio-serial-ccw", "-chardev", $"file,id=report,path={report}", "-device", "virtserialport,chardev=report,name=org.imagefactory.boot-report"])
        {
            start.ArgumentList.Add(argument);
        }

        using Process qemu = Process.Start(start)!;
        Task<string> errors = qemu.StandardError.ReadToEndAsync(cancellation);
        Stopwatch clock = Stopwatch.StartNew();
        try
        {
            while (clock.Elapsed < Limit && !qemu.HasExited)
            {
                string text = File.Exists(report) ? await ReadAsync(report, cancellation) : "";
                if (text.EndsWith("\nEND\n", StringComparison.Ordinal))
                    return text;
                await Task.Delay(250, cancellation);
            }
        }
        finally
        {
            qemu.Kill();
            await qemu.WaitForExitAsync(CancellationToken.None);
        }

        string said = File.Exists(console) ? await ReadAsync(console, cancellation) : "";
        throw new InvalidOperationException($"no report after {clock.Elapsed.TotalSeconds:0} s\n{await errors}\n{said[Math.Max(0, said.Length - 3000)..]}");
    }

    private string FindOutput(string file) =>
        Directory.GetDirectories(Path.Combine(store, "stages")).Select(s => Path.Combine(s, "output", file)).First(File.Exists);

    private static void AppendKey(string generic, string target, string keyFile, Guid luks)
    {
        using SecretBytes key = new(File.ReadAllBytes(keyFile));
        using SecretBytes archive = InitrdKeyArchive.Create(InitrdKind.Systemd, luks, key, DateTimeOffset.UnixEpoch);
        using FileStream initrd = new(target, FileMode.CreateNew);
        using (FileStream first = File.OpenRead(generic))
            first.CopyTo(initrd);
        initrd.Write(new byte[(4 - (initrd.Length % 4)) % 4]);
        initrd.Write(archive.Span);
    }

    private static async Task<string> ReadAsync(string path, CancellationToken cancellation)
    {
        await using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellation);
    }
}
