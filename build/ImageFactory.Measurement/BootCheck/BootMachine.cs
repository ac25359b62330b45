using System.Globalization;
using System.Text;
using System.Text.Json;
using ImageFactory.Measurement.BootCheck.Tpm;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Measurement.BootCheck;

/// <summary>A virtual machine of QEMU that boots a disk and waits for the report of the system inside. The disk itself is not written.</summary>
internal sealed class BootMachine(IMachineKind kind, StageScope scope, Toolbox tools, TimeProvider clock)
{
    /// <summary>The port of virtio-serial that the image's own unit reports to.</summary>
    public const string ReportPort = "org.imagefactory.boot-report";

    /// <summary>Free space behind the image, so that the scratch space is checked as well.</summary>
    private const long RoomForScratch = 1L << 30;

    /// <summary>Addresses of UNIX sockets have at most 107 bytes; the longest name in the folder takes 9.</summary>
    private const int LongestSocketFolder = 98;

    /// <summary>The report comes within seconds of the prompt, also on a slow machine.</summary>
    private static readonly TimeSpan AfterLogin = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly MachineFolder folder = new(scope.Work.FullName);

    public string ConsoleFile => folder.Console;

    /// <returns>Null when the time was over or the accelerator does not work.</returns>
    /// <exception cref="FactoryException">QEMU ended by itself, or its TPM does not answer.</exception>
    public async Task<BootRun?> BootAsync(string image, string accelerator, int memory, TimeSpan limit, CancellationToken cancellation)
    {
        await PrepareAsync(image, cancellation).ConfigureAwait(false);
        await using SoftwareTpm? tpm = kind.HasTpm ? new SoftwareTpm(scope.Programs, tools.Call, SocketFolder()) : null;
        if (tpm is not null)
            await tpm.StartAsync(cancellation).ConfigureAwait(false);

        long start = clock.GetTimestamp();
        await using BackgroundProgram machine = BackgroundProgram.Start(scope.Programs, Qemu(accelerator, memory, tpm), cancellation);
        (string Report, TimeSpan Began)? said = await WaitAsync(machine, accelerator, start, limit, cancellation).ConfigureAwait(false);
        if (said is not { } report)
            return null;

        // By force: a machine that ends by itself shuts its TPM down.
        await machine.DisposeAsync().ConfigureAwait(false);
        return new BootRun(report.Report, report.Began, tpm is null ? null : await tpm.ReadAsync(cancellation).ConfigureAwait(false));
    }

    /// <summary>The end of what QEMU and the console said.</summary>
    public Task<string> LastLinesAsync() => LastLinesAsync("");

    private async Task<string> LastLinesAsync(string said)
    {
        string console = await ReadAsync(folder.Console).ConfigureAwait(false);
        return string.Join('\n', said.Split('\n').TakeLast(5).Concat(console.Split('\n').TakeLast(30).Select(l => l.Trim('\r', ' '))).Where(l => l.Length > 0).TakeLast(17));
    }

    private async Task<(string Report, TimeSpan Began)?> WaitAsync(BackgroundProgram machine, string accelerator, long start, TimeSpan limit, CancellationToken cancellation)
    {
        bool mayFail = accelerator == Accelerator.Kvm;
        TimeSpan? began = null;
        TimeSpan? prompted = null;
        while (clock.GetElapsedTime(start) is var elapsed && elapsed < limit)
        {
            if (await HasReachedEndingAsync().ConfigureAwait(false))
                return ("", elapsed);
            if (machine.HasEnded)
                return mayFail ? null : throw new FactoryException(BootFaults.QemuEnded(await LastLinesAsync(machine.Said).ConfigureAwait(false)));
            if (mayFail && (machine.HasSaid(Accelerator.KvmFailure) || (elapsed > Accelerator.Silence && !ShowsLife())))
                return null;

            string report = await ReadAsync(folder.Report).ConfigureAwait(false);
            if (report.Length > 0)
                began ??= elapsed;
            if (BootReport.IsComplete(report))
                return (report, began!.Value);
            if (report.Length == 0 && await ShowsLoginAsync().ConfigureAwait(false))
                prompted ??= elapsed;
            if (prompted is { } since && elapsed - since > AfterLogin && report.Length == 0)
                throw new FactoryException(BootFaults.LoginWithoutReport(since));
            await Task.Delay(Poll, clock, cancellation).ConfigureAwait(false);
        }

        return null;
    }

    private async Task<bool> HasReachedEndingAsync() =>
        kind.Ending is { } ending && (await ReadAsync(folder.Console).ConfigureAwait(false)).Contains(ending, StringComparison.Ordinal);

    /// <summary>An image that somebody else's unit files changed may ask for a login and never report; then there is nothing more to wait for.</summary>
    private async Task<bool> ShowsLoginAsync() =>
        (await ReadAsync(folder.Console).ConfigureAwait(false)).TrimEnd().EndsWith("login:", StringComparison.Ordinal);

    private bool ShowsLife() => kind.SignsOfLife(folder).Any(file => File.Exists(file) && new FileInfo(file).Length > 0);

    private async Task PrepareAsync(string image, CancellationToken cancellation)
    {
        foreach (string left in (string[])[folder.Overlay, folder.Report, folder.Console])
            File.Delete(left);
        kind.Prepare(tools, folder);
        ProgramResult info = await scope.Programs.RunAsync(tools.Call("qemu-img", ["info", "--output=json", image]) with { Capture = true }, cancellation)
            .ConfigureAwait(false);
        using JsonDocument described = JsonDocument.Parse(info.Output);
        string format = described.RootElement.GetProperty("format").GetString()!;
        long size = described.RootElement.GetProperty("virtual-size").GetInt64() + RoomForScratch;
        await scope.Programs.RunAsync(
            tools.Call("qemu-img", ["create", "-q", "-f", "qcow2", "-b", image, "-F", format, folder.Overlay, size.ToString(CultureInfo.InvariantCulture)]),
            cancellation).ConfigureAwait(false);
    }

    private ProgramCall Qemu(string accelerator, int memory, SoftwareTpm? tpm)
    {
        List<string> arguments = tools.QemuData is { } data ? ["-L", data] : [];
        arguments.AddRange(
        [
            "-smp", "2",
            "-m", memory.ToString(CultureInfo.InvariantCulture),
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-drive", $"if=none,id=disk,format=qcow2,cache=unsafe,file={folder.Overlay}",
            // Standard output goes to the build log, so the console is there whatever happens.
            "-chardev", $"stdio,id=console,signal=off,logfile={folder.Console}",
            "-chardev", $"file,id=report,path={folder.Report}",
        ]);
        if (tpm is not null)
            arguments.AddRange(["-chardev", $"socket,id=tpm-socket,path={tpm.Socket}", "-tpmdev", "emulator,id=tpm,chardev=tpm-socket"]);
        arguments.AddRange(kind.Arguments(tools, folder, accelerator));
        return tools.Call(kind.Program, arguments) with { EndByForce = true };
    }

    private string SocketFolder()
    {
        if (Encoding.UTF8.GetByteCount(folder.Path) <= LongestSocketFolder)
            return folder.Path;
        string shorter = Path.Combine("/tmp", $"imagefactory-tpm-{Guid.NewGuid():n}");
        scope.CleanUp.RegisterFolder(shorter);
        return Directory.CreateDirectory(shorter, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
    }

    private static async Task<string> ReadAsync(string path)
    {
        if (!File.Exists(path))
            return "";
        await using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync().ConfigureAwait(false);
    }
}

/// <param name="UntilReport">From power-on to the beginning of the report, which comes after multi-user.</param>
/// <param name="Tpm">The registers when the machine was killed; null for a machine without a TPM.</param>
internal sealed record BootRun(string Report, TimeSpan UntilReport, TpmSnapshot? Tpm);
