using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using ImageFactory.Measurement.BootCheck.Tpm;
using ImageFactory.Measurement.Events;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Measurement.Tests.BootCheck;

/// <summary>With a real swtpm, and tpm2-tools as the other witness.</summary>
[Trait("needs", "swtpm, tpm2-tools")]
public sealed partial class SoftwareTpmTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("swtpm");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Registers_that_survive_in_saved_state_are_those_that_tpm2_tools_read_before()
    {
        Need("swtpm", "tpm2_pcrread", "tpm2_pcrextend");
        int port = TwoFreePorts();
        string state = folder.CreateSubdirectory("state").FullName;
        using Process first = Process.Start(new ProcessStartInfo(
            "swtpm",
            ["socket", "--tpm2", "--tpmstate", $"dir={state}", "--server", $"type=tcp,port={port},bindaddr=127.0.0.1", "--ctrl", $"type=tcp,port={port + 1},bindaddr=127.0.0.1", "--flags", "not-need-init,startup-clear"]))!;
        try
        {
            (await ConnectAsync(port + 1)).Dispose();
            string tcti = $"swtpm:host=127.0.0.1,port={port}";
            foreach (int pcr in (int[])[4, 11, 11, 16])
                await RunAsync("tpm2_pcrextend", tcti, $"{pcr}:sha256={Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"event of {pcr}")))}");
            Dictionary<int, string> expected = Parse(await RunAsync("tpm2_pcrread", tcti, "sha256"));

            TpmSnapshot snapshot;
            using (SwtpmControl control = new(await ConnectAsync(port + 1)))
            {
                TpmBlob permanent = await control.SaveAsync(TpmBlobKind.Permanent, Cancellation);
                TpmBlob running = await control.SaveAsync(TpmBlobKind.Volatile, Cancellation);
                snapshot = await Tpm().ReviveAsync(permanent, running, Cancellation);
            }

            Assert.Equal(24, expected.Count);
            Assert.Equal(expected, snapshot.Banks[Bank.Sha256]);
            Assert.Equal(24, snapshot.Banks[Bank.Sha384].Count);

            // H(0… ‖ H("event of 4")), computed with Python's hashlib.
            Assert.Equal("6d76d52851b0047029fb90b47de0f2dbfd48161a05f2ff6ff5df24af925acbc4", snapshot.Banks[Bank.Sha256][4]);
        }
        finally
        {
            first.Kill();
        }
    }

    [Fact]
    public async Task A_fresh_TPM_that_no_machine_used_has_its_start_values()
    {
        Need("swtpm");
        await using SoftwareTpm tpm = Tpm();

        await tpm.StartAsync(Cancellation);
        TpmSnapshot snapshot = await tpm.ReadAsync(Cancellation);

        // TCG PC Client Platform TPM Profile, section 4.6: 17 to 22 start with all bits set, the others with none.
        foreach ((int pcr, string value) in snapshot.Banks[Bank.Sha256])
            Assert.Equal(new string(pcr is >= 17 and <= 22 ? 'f' : '0', 64), value);
    }

    [Fact]
    public async Task A_TPM_that_cannot_start_is_a_fault_with_what_it_said()
    {
        await using SoftwareTpm tpm = new(Runner(), (_, _) => new ProgramCall("sh", ["-c", "echo no such luck >&2; exit 3"]), folder.FullName);

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => tpm.StartAsync(Cancellation));

        Fault fault = Assert.Single(refused.Faults);
        Assert.Equal("IFB301", fault.Code);
        Assert.Contains("no such luck", fault.Detail, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private SoftwareTpm Tpm() => new(Runner(), (program, arguments) => new ProgramCall(program, arguments), folder.FullName);

    private static ProgramRunner Runner() =>
        new(new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin" }, new SilentReporter(), TimeProvider.System);

    private static void Need(params string[] programs)
    {
        foreach (string program in programs)
            Assert.SkipUnless(File.Exists("/usr/bin/" + program), $"{program} is not installed");
    }

    private static async Task<Stream> ConnectAsync(int port)
    {
        for (int attempt = 0; ; attempt++)
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, Cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (attempt < 100)
            {
                socket.Dispose();
                await Task.Delay(50, Cancellation);
            }
        }
    }

    /// <summary>tpm2-tools want the control port right behind the command port.</summary>
    private static int TwoFreePorts()
    {
        while (true)
        {
            using TcpListener one = new(IPAddress.Loopback, 0);
            one.Start();
            int port = ((IPEndPoint)one.LocalEndpoint).Port;
            using TcpListener two = new(IPAddress.Loopback, port + 1);
            try
            {
                two.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: try another pair.
            }
        }
    }

    private static async Task<string> RunAsync(string program, string tcti, string argument)
    {
        ProcessStartInfo start = new(program, [argument]) { RedirectStandardOutput = true };
        start.Environment["TPM2TOOLS_TCTI"] = tcti;
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    private static Dictionary<int, string> Parse(string text) =>
        RegisterLine().Matches(text).ToDictionary(m => int.Parse(m.Groups[1].Value), m => m.Groups[2].Value.ToLowerInvariant());

    [GeneratedRegex(@"(\d+)\s*: 0x([0-9A-Fa-f]{64})")]
    private static partial Regex RegisterLine();
}
