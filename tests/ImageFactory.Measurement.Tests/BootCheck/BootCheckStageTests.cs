using System.Text.Json;
using ImageFactory.Measurement.BootCheck;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Measurement.Tests.BootCheck;

/// <summary>The course of a check, with scripts in place of QEMU that behave as real machines did (Boot check, section 3).</summary>
public sealed class BootCheckStageTests : IDisposable
{
    private const string Policy = "612cbd8e7908404abfaf6fe128297294a32d2d91400a3d9b1178b3d748bcd2bc";

    private const string Report = $"""
        BEGIN 1
        state running
        multi-user active
        root overlay rw
        cmdline console=ttyS0
        policy {Policy}
        END
        """;

    /// <summary>The rest of every script: what it was started with, and the report when it is to come.</summary>
    private const string Prelude = """
        #!/bin/sh
        folder=$(dirname "$0")
        echo "$@" >>"$folder/starts"
        for word; do case $word in file,id=report,path=*) report=${word#*path=} ;; stdio,id=console,*logfile=*) console=${word#*logfile=} ;; esac; done
        say() { printf '%s\n' "$1" >>"$console"; }
        report() { cat "$folder/report" >"$report"; exec sleep 1000; }

        """;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("boot-check");

    private bool kvm;
    private Sha256 onDisk = new(Policy);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_good_boot_leaves_report_time_and_console()
    {
        Qemu("say booting; report");

        BootCheckResult result = await RunAsync();

        Assert.Equal("tcg", result.Accelerator);
        Assert.Equal("running", result.Report!.State);
        Assert.Null(result.Registers);
        Assert.Null(result.Equal);
        Assert.Equal("booting\n", await File.ReadAllTextAsync(Path.Combine(folder.FullName, "out", "console.log"), Cancellation));
        Assert.Single(Starts);
    }

    [Fact]
    public async Task The_disk_is_given_as_an_overlay_only()
    {
        Qemu("report");

        await RunAsync();

        Assert.DoesNotContain("podvm.raw", Starts[0], StringComparison.Ordinal);
        Assert.Contains("overlay.qcow2", Starts[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo 'KVM internal error. Suberror: 1' >&2; sleep 1000")] // and QEMU does not end
    [InlineData("echo 'qemu: kvm_buf_set_msrs: Assertion failed' >&2; exit 134")]
    [InlineData("sleep 1000")] // not a byte on any log
    public async Task Kvm_that_does_not_work_falls_back_to_emulation(string underKvm)
    {
        kvm = true;
        Qemu($"case \"$*\" in *accel=kvm*) {underKvm} ;; *) report ;; esac");

        BootCheckResult result = await RunAsync();

        Assert.Equal("tcg", result.Accelerator);
        Assert.Equal(["accel=kvm", "accel=tcg"], Starts.Select(s => s[s.IndexOf("accel=", StringComparison.Ordinal)..].Split(' ')[0]));
    }

    [Fact]
    public async Task Kvm_that_works_is_used()
    {
        kvm = true;
        Qemu("say booting; sleep 1; report");

        Assert.Equal("kvm", (await RunAsync()).Accelerator);
        Assert.Single(Starts);
    }

    [Fact]
    public async Task A_boot_that_stands_still_is_tried_once_more()
    {
        Qemu("say \"Switched to clocksource tsc\"; [ $(wc -l <\"$folder/starts\") = 1 ] && sleep 1000; report");

        await RunAsync();

        Assert.Equal(2, Starts.Length);
    }

    [Fact]
    public async Task Two_boots_that_stand_still_are_a_fault_to_try_again()
    {
        Qemu("say 'the last line'; sleep 1000");

        Fault fault = await FaultAsync();

        Assert.Equal(("IFB201", ExitCode.TryAgain), (fault.Code, fault.ExitCode));
        Assert.Contains("the last line", fault.Detail, StringComparison.Ordinal);
        Assert.Equal(2, Starts.Length);
    }

    [Fact]
    public async Task A_machine_that_ends_by_itself_is_a_fault_with_its_last_words()
    {
        Qemu("say 'Kernel panic - not syncing'; echo 'no more' >&2; exit 1");

        Fault fault = await FaultAsync();

        Assert.Equal("IFB202", fault.Code);
        Assert.Contains("Kernel panic", fault.Detail, StringComparison.Ordinal);
        Assert.Contains("no more", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_prompt_without_a_report_ends_the_wait()
    {
        Qemu("say 'podvm login:'; sleep 1000");

        Assert.Equal("IFB205", (await FaultAsync()).Code);
        Assert.Single(Starts);
    }

    [Fact]
    public async Task A_disk_that_changed_during_the_check_is_a_fault()
    {
        Qemu("echo more >>\"$folder/podvm.raw\"; report");

        Assert.Equal("IFB204", (await FaultAsync()).Code);
    }

    [Fact]
    public async Task A_report_that_breaks_a_promise_fails_the_check()
    {
        Qemu("report", Report.Replace("multi-user active", "multi-user inactive\nfailed a.service", StringComparison.Ordinal));

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(RunAsync);

        Assert.Equal(["IFB101", "IFB102"], refused.Faults.Select(f => f.Code));
    }

    [Fact]
    public async Task A_log_that_is_no_base64_is_a_report_that_cannot_be_read()
    {
        Qemu("report", Report.Replace("END", "log $$$\nEND", StringComparison.Ordinal));

        Assert.Equal("IFB203", (await FaultAsync()).Code);
    }

    [Fact]
    public async Task The_event_log_of_the_guest_is_kept_byte_for_byte()
    {
        byte[] log = Vectors.Bytes("boot", "direct-uki", "eventlog.bin");
        Qemu("report", Report.Replace("END", $"log {Convert.ToBase64String(log)}\nEND", StringComparison.Ordinal));

        await RunAsync();

        Assert.Equal(log, await File.ReadAllBytesAsync(Path.Combine(folder.FullName, "out", BootCheckStage.EventLogFile), Cancellation));
    }

    [Fact]
    public async Task A_policy_that_was_changed_on_the_disk_is_found_before_anything_boots()
    {
        Qemu("report");
        onDisk = new Sha256(new string('b', 64));

        Fault fault = await FaultAsync();

        Assert.Equal("IFB110", fault.Code);
        Assert.Contains(onDisk.Hex, fault.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.FullName, "starts")));
    }

    [Fact]
    public async Task A_cancelled_check_leaves_no_machine_behind()
    {
        Qemu("echo $$ >\"$folder/pid\"; say up; exec sleep 1000");
        using CancellationTokenSource cancel = new();

        Task<BootCheckResult> run = RunUntilAsync(cancel.Token);
        string pid = Path.Combine(folder.FullName, "pid");
        while (!File.Exists(pid) || new FileInfo(pid).Length == 0)
            await Task.Delay(10, Cancellation);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.False(Directory.Exists("/proc/" + (await File.ReadAllTextAsync(pid, Cancellation)).Trim()));
    }

    public void Dispose() => folder.Delete(recursive: true);

    private string[] Starts => File.ReadAllLines(Path.Combine(folder.FullName, "starts"));

    private async Task<Fault> FaultAsync() => Assert.Single((await Assert.ThrowsAsync<FactoryException>(RunAsync)).Faults);

    private void Qemu(string behaviour, string report = Report)
    {
        File.WriteAllText(Path.Combine(folder.FullName, "report"), report + "\n");
        Script("qemu-system-x86_64", Prelude + behaviour + "\n");
        Script("qemu-img", "#!/bin/sh\n[ $1 = info ] && echo '{\"format\": \"raw\", \"virtual-size\": 4096}'\nexit 0\n");
    }

    private void Script(string name, string text)
    {
        string path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private Task<BootCheckResult> RunAsync() => RunUntilAsync(Cancellation);

    private async Task<BootCheckResult> RunUntilAsync(CancellationToken cancellation)
    {
        DirectoryInfo tools = folder.CreateSubdirectory("tools");
        HostTools programs = new(((string[])["qemu-system-x86_64", "qemu-img"]).ToDictionary(p => p, p => new HostTool(Path.Combine(folder.FullName, p), "10.0")));
        await File.WriteAllTextAsync(Path.Combine(tools.FullName, Toolbox.HostNote), JsonSerializer.Serialize(programs), cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "podvm.raw"), "a disk", cancellation);
        ProgramRunner runner = new(new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" }, new SilentReporter(), TimeProvider.System);
        await using CleanUpStack cleanUp = new();
        StageScope scope = new()
        {
            Output = folder.CreateSubdirectory("out"),
            Work = folder.CreateSubdirectory("work"),
            Cache = folder.CreateSubdirectory("cache"),
            Inputs = new Dictionary<string, DirectoryInfo> { ["disk"] = folder, [ToolSet.Boot.Name] = tools },
            Programs = runner,
            Log = new SilentLog(),
            CleanUp = cleanUp,
        };
        BootExpectations expected = new(null, new Sha256(Policy), Overlay: true, Scratch: false);
        BootCheckStage stage = new(
            ("disk", "podvm.raw"), [], _ => expected, new BootCheckSettings { TimeLimit = 120 }, new HastyClock())
        {
            Kind = new PlainMachine(kvm),
            PolicyOnDisk = (_, _, _) => Task.FromResult<Sha256?>(onDisk),
        };
        await stage.RunAsync(scope, cancellation);
        return JsonSerializer.Deserialize<BootCheckResult>(await File.ReadAllTextAsync(scope.OutputFile(BootCheckStage.ResultFile), cancellation))!;
    }

    /// <summary>A machine without firmware and TPM.</summary>
    private sealed class PlainMachine(bool kvm) : IMachineKind
    {
        public string Program => "qemu-system-x86_64";

        public bool HasTpm => false;

        public bool MayUseKvm() => kvm;

        public IReadOnlyList<string> SignsOfLife(MachineFolder folder) => [folder.Console];

        public void Prepare(Toolbox tools, MachineFolder folder)
        {
        }

        public IReadOnlyList<string> Arguments(Toolbox tools, MachineFolder folder, string accelerator) => ["-machine", $"none,accel={accelerator}"];
    }

    private sealed class SilentLog : IStageLog
    {
        public void Info(string text)
        {
        }

        public void Progress(long done, long total, string unit)
        {
        }

        public void Warn(Fault fault)
        {
        }
    }
}
