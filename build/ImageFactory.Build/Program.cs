using ImageFactory.Build.Hosting;
using ImageFactory.Build.Terminal;
using ImageFactory.Model;
using ImageFactory.Pipeline.Platform;

namespace ImageFactory.Build;

internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        // Modes of files are part of digests: the caller's mask must not decide them.
        FileCreationMask.Fix();
        HostEnvironment environment = HostEnvironment.Current();
        HostConsole console = HostConsole.Open(environment.Variables);
        using Shutdown shutdown = new();
        FactoryHost host = new(environment, console, TimeProvider.System, shutdown);
        shutdown.Listen(code => Environment.Exit((int)code), host.Notice);

        ExitCode code = await host.RunAsync(arguments).ConfigureAwait(false);
        return (int)code;
    }
}
