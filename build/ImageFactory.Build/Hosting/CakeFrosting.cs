using Cake.Core;
using Cake.Core.Diagnostics;
using Cake.Frosting;
using ImageFactory.Build.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace ImageFactory.Build.Hosting;

// Everything that the tasks need to run on the package Cake.Frosting instead of Hosting/Vocabulary:
// the context's base class, and a host that takes over target and mode. Main keeps arguments, signals, exit code and reporter.

public sealed partial class FactoryContext : FrostingContext
{
    internal FactoryContext(ICakeContext context, FactoryRun run)
        : base(context) => this.run = run;
}

internal static class TaskHost
{
    public static Task RunAsync(FactoryRun run, RunMode mode, Action<string> say)
    {
        List<string> arguments = ["--target", run.Target];
        if (mode.Tree)
            arguments.Add("--tree");
        if (mode.DryRun)
            arguments.Add("--dryrun");
        if (mode.Exclusive)
            arguments.Add("--exclusive");

        int code = new CakeHost()
            .ConfigureServices(services => services
                .AddSingleton<IFrostingContext>(provider => new FactoryContext(provider.GetRequiredService<ICakeContext>(), run))
                .AddSingleton<IFrostingTeardown>(new KeepFailure(run))
                .AddSingleton<ICakeReportPrinter, NoReport>()
                .AddSingleton<ICakeLog>(new Quiet(mode.Tree || mode.DryRun ? say : null)))
            .Run(arguments);

        return run.Failure is { } failure ? Task.FromException(failure)
            : code == 0 ? Task.CompletedTask
            : Task.FromException(new InvalidOperationException($"Cake.Frosting ended with {code} and no exception"));
    }

    /// <summary>Cake logs an exception and returns a number; Main wants the exception itself.</summary>
    private sealed class KeepFailure(FactoryRun run) : IFrostingTeardown
    {
        public void Teardown(ICakeContext context, ITeardownContext info) => run.Failure = info.ThrownException;
    }

    private sealed class NoReport : ICakeReportPrinter
    {
        public void Write(CakeReport report)
        {
        }

        public void WriteStep(string name, Verbosity verbosity)
        {
        }

        public void WriteLifeCycleStep(string name, Verbosity verbosity)
        {
        }

        public void WriteSkippedStep(string name, Verbosity verbosity)
        {
        }
    }

    /// <summary>The reporter shows what happens; of Cake's own words only the tree and the dry run are of use.</summary>
    private sealed class Quiet(Action<string>? say) : ICakeLog
    {
        public Verbosity Verbosity { get; set; } = Verbosity.Normal;

        public void Write(Verbosity verbosity, LogLevel level, string format, params object[] args)
        {
            if (verbosity <= Verbosity.Normal)
                say?.Invoke(string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args));
        }
    }
}
