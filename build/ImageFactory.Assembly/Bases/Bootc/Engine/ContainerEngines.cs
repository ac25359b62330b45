using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Bases.Bootc.Engine;

/// <summary>
/// Finds the container engine of this machine: the one that the environment names, else the first socket that answers, else podman's own service,
/// started for a stage and stopped after it.
/// </summary>
internal sealed class ContainerEngines(EngineSettings settings)
{
    private const string Scheme = "unix://";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <returns>An engine that is let go when the stage's clean-up runs.</returns>
    /// <exception cref="FactoryException">IFC101 to IFC104.</exception>
    public async Task<IContainerEngine> OpenAsync(StageScope scope, CancellationToken cancellation)
    {
        IContainerEngine engine = await FindAsync(scope, cancellation).ConfigureAwait(false);
        scope.CleanUp.Register("let go of the container engine", _ =>
        {
            engine.Dispose();
            return Task.CompletedTask;
        });
        scope.Log.Info(engine.Version.ToString());
        return engine;
    }

    /// <exception cref="FactoryException">IFC101.</exception>
    internal static string SocketOf(string variable, string address)
    {
        if (!address.StartsWith(Scheme, StringComparison.Ordinal))
            throw new FactoryException(EngineFaults.Address(variable, address, "only UNIX sockets are spoken to, since others need trust that a build cannot judge"));
        string path = address[Scheme.Length..];
        return Path.IsPathRooted(path) ? path : throw new FactoryException(EngineFaults.Address(variable, address, "the socket's path is not absolute"));
    }

    private async Task<IContainerEngine> FindAsync(StageScope scope, CancellationToken cancellation)
    {
        if (settings.Named is { } named)
            return await HttpContainerEngine.ConnectAsync(SocketOf(named.Variable, named.Address), cancellation).ConfigureAwait(false);

        List<string> tried = [];
        foreach (string socket in settings.Sockets.Where(Path.Exists))
        {
            try
            {
                return await HttpContainerEngine.ConnectAsync(socket, cancellation).ConfigureAwait(false);
            }
            catch (FactoryException e)
            {
                tried.Add($"{socket}: {e.Faults[0].Message}");
            }
        }

        return settings.Podman is { } podman
            ? await ServeAsync(podman, scope, cancellation).ConfigureAwait(false)
            : throw new FactoryException(EngineFaults.NoEngine(tried));
    }

    private async Task<IContainerEngine> ServeAsync(string podman, StageScope scope, CancellationToken cancellation)
    {
        string socket = Path.Combine(settings.SocketFolder, $"imagefactory-{Path.GetRandomFileName()}.sock");
        CancellationTokenSource stop = new();
        Task? service = null;
        scope.CleanUp.Register("stop podman's service", async token =>
        {
            await stop.CancelAsync().ConfigureAwait(false);
            if (service is not null)
                await service.ContinueWith(_ => { }, token, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
            File.Delete(socket);
            stop.Dispose();
        });
        service = scope.Programs.RunAsync(
            new ProgramCall(podman, ["system", "service", "--time=0", "unix://" + socket]) { Environment = settings.PodmanEnvironment }, stop.Token);

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(StartLimit);
        while (true)
        {
            if (service.IsCompleted)
            {
                await service.ConfigureAwait(false);
                throw new FactoryException(EngineFaults.NotStarted(podman, "it ended at once"));
            }

            try
            {
                if (File.Exists(socket))
                    return await HttpContainerEngine.ConnectAsync(socket, limit.Token).ConfigureAwait(false);
                await Task.Delay(Look, limit.Token).ConfigureAwait(false);
            }
            catch (FactoryException e) when (e.Faults[0].Code == "IFC103" && !limit.IsCancellationRequested)
            {
                // The socket is there a moment before somebody listens.
                await Task.Delay(Look, cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new FactoryException(EngineFaults.NotStarted(podman, "it did not answer within 30 s"));
            }
        }
    }
}
