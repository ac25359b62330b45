using System.Net.Sockets;
using ImageFactory.Measurement.Events;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Measurement.BootCheck.Tpm;

/// <summary>
/// A TPM 2.0 in software for one boot: fresh state, held by swtpm and not by the machine, so that its registers can be read after the
/// machine was killed (Boot check, section 4, way 3). A machine that ends by itself shuts its TPM down, and the registers are gone.
/// </summary>
/// <param name="programs">Starts swtpm.</param>
/// <param name="call">Makes the call of a program of the boot tools.</param>
/// <param name="folder">An existing folder whose path leaves room for the name of a socket (107 bytes in all).</param>
internal sealed class SoftwareTpm(IProgramRunner programs, Func<string, IReadOnlyList<string>, ProgramCall> call, string folder) : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);

    private BackgroundProgram? server;

    /// <summary>What a virtual machine connects to.</summary>
    public string Socket => Path.Combine(folder, "tpm.sock");

    public async Task StartAsync(CancellationToken cancellation)
    {
        await DisposeAsync().ConfigureAwait(false);
        server = await StartServerAsync("first", Socket, ["--flags", "not-need-init,startup-clear"], cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// The registers as the killed machine left them. Its state is taken over the control channel, which the machine no longer holds, and
    /// loaded into a second server whose commands can be reached.
    /// </summary>
    /// <exception cref="FactoryException">swtpm does not answer as it should.</exception>
    public async Task<TpmSnapshot> ReadAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerLimit);
        try
        {
            TpmBlob permanent;
            TpmBlob running;
            using (SwtpmControl control = new(await ConnectAsync(Socket, limit.Token).ConfigureAwait(false)))
            {
                permanent = await control.SaveAsync(TpmBlobKind.Permanent, limit.Token).ConfigureAwait(false);
                running = await control.SaveAsync(TpmBlobKind.Volatile, limit.Token).ConfigureAwait(false);
            }

            return await ReviveAsync(permanent, running, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new FactoryException(TpmFaults.BadAnswer($"nothing within {AnswerLimit.TotalSeconds:0} s"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync().ConfigureAwait(false);
        server = null;
    }

    /// <summary>A stream over a socket in the file system.</summary>
    public static async Task<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new FactoryException(TpmFaults.BadAnswer($"{path}: {e.Message}"), e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    internal async Task<TpmSnapshot> ReviveAsync(TpmBlob permanent, TpmBlob running, CancellationToken cancellation)
    {
        string controlSocket = Path.Combine(folder, "ctl.sock");
        string commandSocket = Path.Combine(folder, "cmd.sock");
        File.Delete(commandSocket);
        await using BackgroundProgram second = await StartServerAsync("second", controlSocket, ["--server", $"type=unixio,path={commandSocket}"], cancellation).ConfigureAwait(false);
        using SwtpmControl control = new(await ConnectAsync(controlSocket, cancellation).ConfigureAwait(false));
        await control.LoadAsync(permanent, cancellation).ConfigureAwait(false);
        await control.LoadAsync(running, cancellation).ConfigureAwait(false);
        await control.InitialiseAsync(cancellation).ConfigureAwait(false);

        await using Stream commands = await ConnectAsync(commandSocket, cancellation).ConfigureAwait(false);
        Dictionary<Bank, IReadOnlyDictionary<int, string>> banks = [];
        foreach (Bank bank in Banks.All)
            banks.Add(bank, await TpmRegisters.ReadAsync(commands, bank, cancellation).ConfigureAwait(false));
        return new TpmSnapshot(banks);
    }

    private async Task<BackgroundProgram> StartServerAsync(string name, string controlSocket, string[] more, CancellationToken cancellation)
    {
        string state = Path.Combine(folder, name);
        if (Directory.Exists(state))
            Directory.Delete(state, recursive: true);
        Directory.CreateDirectory(state);
        File.Delete(controlSocket);
        BackgroundProgram program = BackgroundProgram.Start(
            programs, call("swtpm", ["socket", "--tpm2", "--tpmstate", $"dir={state}", "--ctrl", $"type=unixio,path={controlSocket}", .. more]), cancellation);
        try
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(StartLimit);

            // The server makes its sockets before it waits at them.
            while (!File.Exists(controlSocket) || more.Any(m => m.StartsWith("type=unixio,path=", StringComparison.Ordinal) && !File.Exists(m["type=unixio,path=".Length..])))
            {
                if (program.HasEnded || limit.IsCancellationRequested)
                    throw new FactoryException(TpmFaults.NotStarted(program.Said));
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellation).ConfigureAwait(false);
            }

            return program;
        }
        catch
        {
            await program.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}

/// <summary>All registers of a TPM at one moment: by bank and number, lower-case hex.</summary>
internal sealed record TpmSnapshot(IReadOnlyDictionary<Bank, IReadOnlyDictionary<int, string>> Banks);
