using System.Globalization;
using System.Reflection;
using ImageFactory.Build.CommandLine;
using ImageFactory.Build.CommandLine.Completion;
using ImageFactory.Build.Composition;
using ImageFactory.Build.Reporting;
using ImageFactory.Build.Terminal;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Build.Hosting;

/// <summary>A run of the program, from arguments to exit code. Results go to standard output, everything else to standard error.</summary>
internal sealed class FactoryHost(HostEnvironment environment, HostConsole console, TimeProvider time, Shutdown shutdown)
{
    private volatile IReporter? reporter;

    public static string Version =>
        typeof(FactoryHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Something that the user must know now.</summary>
    public void Notice(string text)
    {
        if (reporter is { } current)
            current.Report(new Said(text));
        else
            console.Error.Write(text + "\n");
    }

    public async Task<ExitCode> RunAsync(IReadOnlyList<string> arguments)
    {
        ParsedCommandLine parsed = CommandLineParser.Parse(arguments);
        if (parsed.Invocation is not { } invocation)
        {
            console.Error.Write(FaultText.Of(parsed.Faults));
            return ExitCode.Usage;
        }

        if (invocation.Has(Options.Version))
        {
            console.Out.Write($"ImageFactory {Version}\n");
            return ExitCode.Ok;
        }

        if (invocation.Has(Options.Help) || invocation.Verb == Verbs.Help)
            return ShowHelp(invocation);
        if (invocation.Verb == Verbs.Completion || invocation.Verb == Verbs.Man)
        {
            console.Out.Write(invocation.Verb == Verbs.Man ? ManPage.Write(Version, PageDate()) : ShellCompletion.For(invocation.Operands[0]));
            return ExitCode.Ok;
        }

        return await RunAsync(invocation).ConfigureAwait(false);
    }

    /// <summary>Who packs the page says of what day it is.</summary>
    private DateOnly PageDate()
    {
        bool told = long.TryParse(environment.Variables.GetValueOrDefault("SOURCE_DATE_EPOCH"), NumberStyles.None, CultureInfo.InvariantCulture, out long epoch)
            && epoch <= DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        return DateOnly.FromDateTime((told ? DateTimeOffset.FromUnixTimeSeconds(epoch) : time.GetUtcNow()).UtcDateTime);
    }

    private ExitCode ShowHelp(Invocation invocation)
    {
        string name = invocation.Verb == Verbs.Help ? string.Join(' ', invocation.Operands) : invocation.Verb.Name;
        if (name.Length == 0)
        {
            console.Out.Write(HelpText.General());
            return ExitCode.Ok;
        }

        IReadOnlyList<Verb> verbs = [.. Verbs.All.Where(v => v.Name == name || v.Name.StartsWith(name + " ", StringComparison.Ordinal))];
        if (verbs.Count == 0)
        {
            console.Error.Write(FaultText.Of([CommandLineFaults.UnknownVerb(name, NearestName.Of(name, Verbs.All.Select(v => v.Name)))]));
            return ExitCode.Usage;
        }

        console.Out.Write(string.Join("\n", verbs.Select(HelpText.Of)));
        return ExitCode.Ok;
    }

    private async Task<ExitCode> RunAsync(Invocation invocation)
    {
        SecretMask mask = new();
        mask.AddFrom(environment.Variables);
        using MaskingWriter output = new(console.Out, mask);
        using MaskingWriter error = new(console.Error, mask);
        using BuildLog log = new(time, mask);
        ICloseableReporter shown = ReporterFor(invocation, error);
        CompositeReporter all = new([shown, log]);
        reporter = all;
        log.Write($"ImageFactory {Version}: {string.Join(' ', [invocation.Verb.Target ?? invocation.Verb.Name, .. invocation.Operands])}");

        string ended = "done";
        ExitCode code;
        try
        {
            VerbRunner runner = new(environment, time, all, log, mask, Print);
            code = await runner.RunAsync(invocation, shutdown.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            IReadOnlyList<Fault> faults = Failure.Explain(e, shutdown.Requested);
            code = (faults.FirstOrDefault(f => f.Severity == Severity.Error) ?? faults[0]).ExitCode;
            log.Write(e.ToString());
            ended = TerminationMessage.Of(faults);
            Tell(faults);
            if (Failure.IsBug(faults) && invocation.Has(Options.Verbose) && shown is not JsonReporter)
                error.Write(e + "\n");
        }

        if (invocation.Verb.IsForPods)
            TerminationMessage.Write(environment.Variables, mask.Apply(ended) + "\n");
        shown.Close();
        (shown as IDisposable)?.Dispose();
        if (log.Failure is { } failure)
            Tell([HostFaults.LogIncomplete(failure)]);
        (shown as JsonReporter)?.Ended(code);
        return code;

        void Print(Answer answer)
        {
            shown.Close();
            ended = answer.Text.Split('\n')[0];
            string text = invocation.Has(Options.Json) && answer.Json is not null ? answer.Json() : answer.Text;
            output.Write(text.Length == 0 || text.EndsWith('\n') ? text : text + "\n");
            Tell(answer.Faults);
        }

        void Tell(IReadOnlyList<Fault> faults)
        {
            // A warning that scrolled by is not told again; an error always is, at the end, where it is looked for.
            IReadOnlyList<Fault> untold = [.. faults.Where(f => f.Severity == Severity.Error || !all.HasShown(f))];
            shown.Close();
            foreach (Fault fault in untold)
                (shown is JsonReporter ? all : (IReporter)log).Report(new Faulted(fault));
            if (shown is not JsonReporter && untold.Count > 0)
                error.Write(FaultText.Of(untold));
        }
    }

    private ICloseableReporter ReporterFor(Invocation invocation, TextWriter error)
    {
        bool verbose = invocation.Has(Options.Verbose) || (invocation.Verb.IsForPods && environment.Variables.GetValueOrDefault("DEBUG") == "true");
        return invocation.ValueOf(Options.Log) switch
        {
            "json" => new JsonReporter(error, time, verbose),
            "plain" => new PlainReporter(error, time, verbose),
            _ => console.CanRedraw ? new LiveReporter(error, time, console.Size, verbose) : new PlainReporter(error, time, verbose),
        };
    }
}
