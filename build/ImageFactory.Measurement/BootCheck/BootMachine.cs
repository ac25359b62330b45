using System.Globalization;
using System.Text;
using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Measurement.BootCheck;

/// <summary>One virtual machine of QEMU that boots a disk through UEFI and waits for the report of the system inside. The disk itself is not written.</summary>
internal sealed class BootMachine(StageScope scope, Toolbox tools, TimeProvider clock)
{
    /// <summary>Free space behind the image, so that the scratch space is checked as well.</summary>
    private const long RoomForScratch = 1L << 30;

    /// <summary>The report comes within seconds of the prompt, also on a slow machine.</summary>
    private static readonly TimeSpan AfterLogin = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private string ReportFile => Path.Combine(scope.Work.FullName, "report");

    public string ConsoleFile => Path.Combine(scope.Work.FullName, "console.log");

    /// <returns>The report's text and the seconds until it began; null when the time was over or the accelerator does not work.</returns>
    /// <exception cref="FactoryException">QEMU ended by itself.</exception>
    public async Task<(string Report, TimeSpan UntilReport)?> BootAsync(string image, string accelerator, int memory, TimeSpan limit, CancellationToken cancellation)
    {
        await PrepareAsync(image, cancellation).ConfigureAwait(false);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        List<string> said = [];
        long start = clock.GetTimestamp();
        Task<ProgramResult> machine = scope.Programs.RunAsync(Qemu(accelerator, memory) with { OnLine = said.Add }, enough.Token);
        try
        {
            TimeSpan? began = null;
            TimeSpan? prompted = null;
            while (clock.GetElapsedTime(start) < limit)
            {
                if (machine.IsCompleted)
                {
                    if (accelerator == Accelerator.Kvm)
                        return null;
                    throw new FactoryException(BootFaults.QemuEnded(await LastLinesAsync(said).ConfigureAwait(false)));
                }

                if (accelerator == Accelerator.Kvm && (said.Any(l => l.Contains("KVM internal error", StringComparison.Ordinal)) || IsSilent(clock.GetElapsedTime(start))))
                    return null;

                string report = await ReadAsync(ReportFile).ConfigureAwait(false);
                if (report.Length > 0)
                    began ??= clock.GetElapsedTime(start);
                if (BootReport.IsComplete(report))
                    return (report, began!.Value);
                if (report.Length == 0 && await ShowsLoginAsync().ConfigureAwait(false))
                    prompted ??= clock.GetElapsedTime(start);
                if (prompted is { } since && clock.GetElapsedTime(start) - since > AfterLogin && report.Length == 0)
                    throw new FactoryException(BootFaults.LoginWithoutReport(since));
                await Task.Delay(Poll, clock, cancellation).ConfigureAwait(false);
            }

            return null;
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
            try
            {
                await machine.ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or FactoryException)
            {
                // Killed as intended; a machine that failed by itself was reported above.
            }
        }
    }

    public async Task<string> LastLinesAsync(IEnumerable<string> said)
    {
        string console = await ReadAsync(ConsoleFile).ConfigureAwait(false);
        return string.Join('\n', said.TakeLast(5).Concat(console.Split('\n').Select(l => l.Trim('\r', ' ')).Where(l => l.Length > 0).TakeLast(12)));
    }

    /// <summary>An image that somebody else's unit files changed may ask for a login and never report; then there is nothing more to wait for.</summary>
    private async Task<bool> ShowsLoginAsync() =>
        (await ReadAsync(ConsoleFile).ConfigureAwait(false)).TrimEnd().EndsWith("login:", StringComparison.Ordinal);

    private bool IsSilent(TimeSpan since) => since > Accelerator.Silence && (!File.Exists(ConsoleFile) || new FileInfo(ConsoleFile).Length == 0);

    private string Overlay => Path.Combine(scope.Work.FullName, "overlay.qcow2");

    private string Variables => Path.Combine(scope.Work.FullName, "vars.fd");

    private async Task PrepareAsync(string image, CancellationToken cancellation)
    {
        foreach (string left in (string[])[Overlay, Variables, ReportFile, ConsoleFile])
            File.Delete(left);

        // A fresh copy for each boot: boot entries accumulate in a shared one.
        File.Copy(tools.PathOf(ToolSet.FirmwareVariables), Variables);
        File.SetUnixFileMode(Variables, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        ProgramResult info = await scope.Programs.RunAsync(tools.Call("qemu-img", ["info", "--output=json", image]) with { Capture = true }, cancellation)
            .ConfigureAwait(false);
        using JsonDocument described = JsonDocument.Parse(info.Output);
        string format = described.RootElement.GetProperty("format").GetString()!;
        long size = described.RootElement.GetProperty("virtual-size").GetInt64() + RoomForScratch;
        await scope.Programs.RunAsync(
            tools.Call("qemu-img", ["create", "-q", "-f", "qcow2", "-b", image, "-F", format, Overlay, size.ToString(CultureInfo.InvariantCulture)]),
            cancellation).ConfigureAwait(false);
    }

    private ProgramCall Qemu(string accelerator, int memory)
    {
        List<string> arguments =
        [
            "-machine", "q35,smm=off",
            "-accel", accelerator == Accelerator.Tcg ? "tcg,thread=multi" : accelerator,
            "-cpu", accelerator == Accelerator.Tcg ? "max" : "host",
            "-smp", "2",
            "-m", memory.ToString(CultureInfo.InvariantCulture),
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-drive", $"if=pflash,format=raw,unit=0,readonly=on,file={tools.PathOf(ToolSet.FirmwareCode)}",
            "-drive", $"if=pflash,format=raw,unit=1,file={Variables}",
            "-drive", $"if=none,id=disk,format=qcow2,cache=unsafe,file={Overlay}",
            "-device", "virtio-blk-pci,drive=disk,bootindex=0",
            // Standard output goes to the build log, so the console is there whatever happens.
            "-chardev", $"stdio,id=console,signal=off,logfile={ConsoleFile}",
            "-serial", "chardev:console",
            "-device", "virtio-serial-pci",
            "-chardev", $"file,id=report,path={ReportFile}",
            "-device", "virtserialport,chardev=report,name=org.imagefactory.boot-report",
        ];
        if (tools.QemuData is { } data)
            arguments.InsertRange(0, ["-L", data]);
        return tools.Call("qemu-system-x86_64", arguments);
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
