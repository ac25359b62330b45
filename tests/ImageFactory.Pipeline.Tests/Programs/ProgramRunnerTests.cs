using System.Diagnostics;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Programs;

public sealed class ProgramRunnerTests
{
    private readonly RecordingReporter reporter = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_program_that_is_ended_by_force_gets_no_last_word()
    {
        using TestFolder folder = new();
        using CancellationTokenSource stop = new();
        ProgramCall call = Shell($"trap 'touch {folder["last-word"]}' TERM; touch {folder["up"]}; while :; do sleep 0.05; done") with { EndByForce = true };

        Task<ProgramResult> running = Runner().RunAsync(call, stop.Token);
        while (!File.Exists(folder["up"]))
            await Task.Delay(10, Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.False(File.Exists(folder["last-word"]));
    }

    [Fact]
    public async Task What_a_program_says_is_reported_line_by_line()
    {
        await Runner().RunAsync(Shell("echo one; echo two >&2; printf three"), Token);

        Assert.Equal(["one", "three", "two"], reporter.Lines.Order());
    }

    [Fact]
    public async Task Output_can_be_captured()
    {
        ProgramResult result = await Runner().RunAsync(Shell("printf 'a\\nb\\n'; echo said >&2") with { Capture = true }, Token);

        Assert.Equal("a\nb\n", result.Output);
        Assert.Equal(["said"], reporter.Lines);
    }

    [Fact]
    public async Task More_output_than_is_kept_is_a_fault_and_does_not_block_the_program()
    {
        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => Runner().RunAsync(Shell("head -c 20000000 /dev/zero") with { Capture = true }, Token));

        Assert.Equal("IFP407", e.Faults[0].Code);
    }

    [Fact]
    public async Task Output_can_go_to_a_file()
    {
        using TestFolder folder = new();

        await Runner().RunAsync(Shell("head -c 3000000 /dev/zero") with { OutputFile = folder["zeros"] }, Token);

        Assert.Equal(3000000, new FileInfo(folder["zeros"]).Length);
    }

    [Fact]
    public async Task Input_is_given_on_standard_input_and_nothing_otherwise()
    {
        ProgramResult given = await Runner().RunAsync(new ProgramCall("cat", []) { Input = "secret"u8.ToArray(), Capture = true }, Token);
        ProgramResult none = await Runner().RunAsync(new ProgramCall("cat", []) { Capture = true }, Token);

        Assert.Equal("secret", given.Output);
        Assert.Equal("", none.Output);
    }

    [Fact]
    public async Task A_program_need_not_read_its_input()
    {
        ProgramResult result = await Runner().RunAsync(new ProgramCall("true", []) { Input = new byte[1 << 20] }, Token);

        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task Input_can_be_written_while_it_is_read()
    {
        byte[] piece = new byte[1 << 20];

        ProgramResult result = await Runner().RunAsync(
            new ProgramCall("wc", ["-c"])
            {
                WriteInput = stream =>
                {
                    for (int i = 0; i < 50; i++)
                        stream.Write(piece);
                },
                Capture = true,
            },
            Token);

        Assert.Equal("52428800\n", result.Output);
    }

    [Fact]
    public async Task A_program_need_not_read_what_is_written()
    {
        ProgramResult result = await Runner().RunAsync(new ProgramCall("true", []) { WriteInput = stream => stream.Write(new byte[10 << 20]) }, Token);

        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task What_goes_wrong_while_input_is_written_ends_the_program_and_is_told()
    {
        using TestFolder folder = new();
        Fault gone = new("IFA107", ExitCode.MissingInput, "its content cannot be read any more");

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => Runner().RunAsync(
            Shell($"cat > /dev/null; sleep 60; touch {folder["whole"]}") with
            {
                WriteInput = stream =>
                {
                    stream.Write(new byte[1000]);
                    throw new FactoryException(gone);
                },
            },
            Token));

        Assert.Equal([gone], e.Faults);
        Assert.False(File.Exists(folder["whole"]));
    }

    [Fact]
    public async Task Arguments_arrive_as_they_are()
    {
        string[] arguments = ["a b", "", "'\"$HOME`id`", "*", "ü\n"];

        ProgramResult result = await Runner().RunAsync(new ProgramCall("printf", ["%s|", .. arguments]) { Capture = true }, Token);

        Assert.Equal(string.Concat(arguments.Select(a => $"{a}|")), result.Output);
    }

    [Fact]
    public async Task Only_the_agreed_environment_is_passed_on()
    {
        IReadOnlyDictionary<string, string> environment = ProgramEnvironment.From(new Dictionary<string, string>
        {
            ["PATH"] = "/usr/bin:/bin",
            ["HOME"] = "/root",
            ["https_proxy"] = "http://proxy",
            ["AWS_SECRET_ACCESS_KEY"] = "x",
            ["LC_ALL"] = "de_DE",
            ["SHELL"] = "/bin/zsh",
        });
        ProgramRunner runner = new(environment, reporter, TimeProvider.System);

        ProgramResult result = await runner.RunAsync(
            new ProgramCall("env", []) { Capture = true, Environment = new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "1" } }, Token);

        Assert.Equal(
            ["HOME=/root", "LANG=C.UTF-8", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "SOURCE_DATE_EPOCH=1", "https_proxy=http://proxy"],
            result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("no-such-program-here")]
    [InlineData("/no/such/program")]
    [InlineData("/etc/passwd")]
    public async Task A_program_that_is_not_there_is_unavailable(string program)
    {
        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => Runner().RunAsync(new ProgramCall(program, []), Token));

        Assert.Equal(("IFP401", ExitCode.Unavailable, program), (e.Faults[0].Code, e.ExitCode, e.Faults[0].Where));
        Assert.Contains("doctor", e.Faults[0].Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_tells_the_command_and_the_last_lines()
    {
        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => Runner().RunAsync(Shell("for i in $(seq 40); do echo line $i; done; exit 3"), Token));

        Fault fault = e.Faults[0];
        Assert.Equal(("IFP402", "the program ended with 3"), (fault.Code, fault.Message));
        string[] lines = fault.Detail!.Split('\n');
        Assert.Equal("$ sh -c 'for i in $(seq 40); do echo line $i; done; exit 3'", lines[0]);
        Assert.Equal(["line 26", "line 40"], [lines[1], lines[^1]]);
    }

    [Fact]
    public async Task A_code_that_the_caller_accepts_is_no_failure()
    {
        ProgramResult result = await Runner().RunAsync(Shell("exit 3") with { Accept = [0, 3] }, Token);

        Assert.Equal(3, result.ExitCode);
    }

    [Fact]
    public async Task The_caller_decides_how_a_failure_ends_the_run()
    {
        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => Runner().RunAsync(Shell("exit 1") with { Failure = ExitCode.Unavailable }, Token));

        Assert.Equal(ExitCode.Unavailable, e.ExitCode);
    }

    [Fact]
    public async Task An_end_by_signal_is_told_as_such()
    {
        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => Runner().RunAsync(Shell("kill -9 $$"), Token));

        Assert.Equal("IFP403", e.Faults[0].Code);
        Assert.Contains("9 (SIGKILL)", e.Faults[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_seen_by_a_program_is_told_as_such()
    {
        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => Runner().RunAsync(Shell("head -c 10 /dev/zero > /dev/full"), Token));

        Assert.Equal(("IFP406", ExitCode.CannotWrite), (e.Faults[0].Code, e.ExitCode));
    }

    [Fact]
    public async Task A_full_disk_under_the_output_file_ends_the_program()
    {
        Stopwatch watch = Stopwatch.StartNew();

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => Runner().RunAsync(Shell("yes") with { OutputFile = "/dev/full" }, Token));

        Assert.Equal(("IFP411", ExitCode.CannotWrite), (e.Faults[0].Code, e.ExitCode));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
    }

    [Fact]
    public async Task A_program_that_takes_too_long_is_ended_with_its_children()
    {
        using TestFolder folder = new();

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => Runner().RunAsync(
            Shell($"sh -c 'echo $$ > {folder["pid"]}; exec sleep 60' & echo began; wait") with { Limit = TimeSpan.FromSeconds(1) }, Token));

        Assert.Equal(("IFP404", ExitCode.TryAgain), (e.Faults[0].Code, e.ExitCode));
        Assert.Contains("began", e.Faults[0].Detail, StringComparison.Ordinal);
        await Wait.UntilAsync(() => !Directory.Exists($"/proc/{File.ReadAllText(folder["pid"]).Trim()}"));
    }

    [Fact]
    public async Task Children_do_not_outlive_their_program()
    {
        using TestFolder folder = new();

        await Runner().RunAsync(Shell($"sleep 60 > /dev/null 2>&1 & echo $! > {folder["pid"]}"), Token);

        await Wait.UntilAsync(() => !Directory.Exists($"/proc/{File.ReadAllText(folder["pid"]).Trim()}"));
    }

    [Fact]
    public async Task A_deaf_program_is_ended_by_force_after_the_grace()
    {
        using CancellationTokenSource cancel = new();
        Task<ProgramResult> run = Runner().RunAsync(Shell("trap '' TERM; echo ready; while :; do sleep 0.1; done"), cancel.Token);
        await Wait.UntilAsync(() => reporter.Lines.Contains("ready"));
        Stopwatch watch = Stopwatch.StartNew();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.InRange(watch.Elapsed.TotalSeconds, 2.5, 10);
    }

    [Fact]
    public async Task Secrets_are_masked_in_what_is_reported_and_in_faults()
    {
        ProgramRunner runner = new(TestBuild.Environment, reporter, TimeProvider.System)
        {
            Secrets = ["hunter2hunter2", "-----BEGIN KEY-----\nMIIabcdef\n-----END KEY-----"],
        };

        FactoryException e = await Assert.ThrowsAsync<FactoryException>(() => runner.RunAsync(Shell("echo token=hunter2hunter2; echo MIIabcdef >&2; exit 1"), Token));

        Assert.Equal(["***", "token=***"], reporter.Lines.Order());
        Assert.DoesNotContain("hunter2", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("MIIabcdef", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_that_throws_ends_the_program()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => Runner().RunAsync(Shell("yes") with { OnLine = _ => throw new InvalidDataException() }, Token));
    }

    [Fact]
    public async Task Percentages_go_to_who_asked_for_them_once_each_and_not_into_the_log()
    {
        List<int> heard = [];

        await Runner().RunAsync(Shell(@"printf '    (0.00/100%%)\r    (0.99/100%%)\r    (1.00/100%%)\rsaid\n    (99.99/100%%)\r    (100.00/100%%)\r\n'") with { OnPercent = heard.Add }, Token);

        Assert.Equal([0, 1, 99, 100], heard);
        Assert.Equal(["said"], reporter.Lines);
    }

    [Fact]
    public async Task Percentages_that_nobody_asked_for_are_lines_like_others()
    {
        await Runner().RunAsync(Shell(@"printf '(50.00/100%%)\n'"), Token);

        Assert.Equal(["(50.00/100%)"], reporter.Lines);
    }

    [Fact]
    public async Task A_program_leads_its_own_session()
    {
        ProgramResult result = await Runner().RunAsync(Shell("echo $$; cut -d' ' -f5,6 /proc/$$/stat") with { Capture = true }, Token);

        string[] lines = result.Output.Split('\n');
        Assert.Equal($"{lines[0]} {lines[0]}", lines[1]);
    }

    private static ProgramCall Shell(string script) => new("sh", ["-c", script]);

    private ProgramRunner Runner() => new(TestBuild.Environment, reporter, TimeProvider.System);
}
