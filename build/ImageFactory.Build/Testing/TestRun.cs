using System.Globalization;
using ImageFactory.Build.Composition;
using ImageFactory.Build.Reporting;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Build.Testing;

/// <summary>Builds the test programs, runs each (xUnit v3 makes one program per assembly) and adds up what they say.</summary>
internal sealed class TestRun(FactoryOptions options, string dotnet, IProgramRunner programs, IReporter reporter, TimeProvider time)
{
    /// <summary>More at once only make each other's time limits fail.</summary>
    private const int AtOnce = 2;

    /// <summary>Boots and whole builds need the machine for themselves.</summary>
    private const string Alone = "EndToEnd";

    /// <summary>Who compares with programs that no host has: the others start without waiting for them.</summary>
    private static readonly string[] ComparesWithTools = ["Assembly", "Build.Tests", "Measurement", "Publishing", "SecureExecution", "Trust", Alone];

    private IReadOnlyDictionary<string, string> environment = options.Environment;

    /// <summary>A test program that hangs must not hold up a pipeline for ever.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(60);

    public async Task<Answer> RunAsync(CancellationToken cancellation)
    {
        IReadOnlyList<string> names = Select();
        await BuildAsync(names, cancellation).ConfigureAwait(false);

        DirectoryInfo results = Directory.CreateTempSubdirectory("imagefactory-tests-");
        using TestTools tools = new(options, reporter, time);
        try
        {
            if (names.Any(n => ComparesWithTools.Any(c => n.Contains(c, StringComparison.Ordinal))))
            {
                IReadOnlyDictionary<string, string> found = await tools.ProvideAsync(results.CreateSubdirectory("programs").FullName, cancellation).ConfigureAwait(false);
                environment = new Dictionary<string, string>(options.Environment.Concat(found).DistinctBy(v => v.Key), StringComparer.Ordinal);
            }

            AssemblyResult[] together = await RunAllAsync([.. names.Where(n => !IsAlone(n))], results, AtOnce, cancellation).ConfigureAwait(false);
            AssemblyResult[] alone = await RunAllAsync([.. names.Where(IsAlone)], results, 1, cancellation).ConfigureAwait(false);
            TestSummary summary = new([.. together, .. alone]);
            return new Answer(summary.ToText())
            {
                Json = summary.ToJson,
                EndsWith = summary.Failed > 0 ? ExitCode.InvalidInput : ExitCode.Ok,
            };
        }
        finally
        {
            results.Delete(recursive: true);
        }
    }

    private static bool IsAlone(string name) => name.Contains(Alone, StringComparison.Ordinal);

    private (string Assembly, string? Class) Filter()
    {
        string[] parts = (options.TestFilter ?? "").Split('/', 2);
        return (parts[0], parts.Length == 2 && parts[1].Length > 0 ? parts[1] : null);
    }

    private IReadOnlyList<string> Select()
    {
        string folder = Path.Combine(options.Root, "tests");
        if (!Directory.Exists(folder))
            throw new FactoryException(TestFaults.NoSources(options.Root));
        IReadOnlyList<string> all = [.. Directory.EnumerateFiles(folder, "*.Tests.csproj", SearchOption.AllDirectories)
            .Select(p => Path.GetFileNameWithoutExtension(p)!)
            .Order(StringComparer.Ordinal)];
        string wanted = Filter().Assembly;
        IReadOnlyList<string> selected = [.. all.Where(n => n.Contains(wanted, StringComparison.OrdinalIgnoreCase))];

        // Every name has "ImageFactory." and ".Tests" in it: "Build" means the project of that name first.
        IReadOnlyList<string> exact = [.. selected.Where(n => string.Equals(n, $"ImageFactory.{wanted}.Tests", StringComparison.OrdinalIgnoreCase))];
        if (selected.Count == 0)
            throw new FactoryException(TestFaults.NothingMatches(options.TestFilter!, all));
        return exact.Count > 0 ? exact : selected;
    }

    private async Task BuildAsync(IReadOnlyList<string> names, CancellationToken cancellation)
    {
        string[] projects = options.TestFilter is null
            ? ["ImageFactory.sln"]
            : [.. names.Select(n => Path.Combine("tests", n, n + ".csproj"))];
        string buildFolder = Path.Combine(options.Root, "artifacts", ".build");
        Directory.CreateDirectory(buildFolder);
        foreach (string project in projects)
        {
            reporter.Report(new Said($"compiling {project}"));

            // The lock of build.sh: another call may compile the host at this moment. -o keeps it from the compiler's server, which lives on.
            ProgramResult result = await programs.RunAsync(
                new ProgramCall("flock", ["-o", Path.Combine(buildFolder, "host.lock"), dotnet, "build", project, "-c", "Release", "-nologo", "-v:q", "-nodeReuse:false"])
                {
                    WorkingDirectory = options.Root,
                    Environment = options.Environment,
                    Capture = true,
                    Accept = [0, 1],
                },
                cancellation).ConfigureAwait(false);
            if (result.ExitCode != 0)
                throw new FactoryException(TestFaults.DoesNotCompile(result.Output));
        }
    }

    private async Task<AssemblyResult[]> RunAllAsync(IReadOnlyList<string> names, DirectoryInfo results, int atOnce, CancellationToken cancellation)
    {
        using SemaphoreSlim places = new(atOnce);
        return await Task.WhenAll(names.Select(async name =>
        {
            await places.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                AssemblyResult result = await RunOneAsync(name, Path.Combine(results.FullName, name + ".xml"), cancellation).ConfigureAwait(false);
                reporter.Report(new Said(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}: {result.Passed} passed, {result.Failures.Count} failed, {result.Skips.Count} skipped in {EventText.Duration(result.Elapsed)}")));
                return result;
            }
            finally
            {
                places.Release();
            }
        })).ConfigureAwait(false);
    }

    private async Task<AssemblyResult> RunOneAsync(string name, string resultFile, CancellationToken cancellation)
    {
        string program = Path.Combine(options.Root, "artifacts", ".build", "bin", name, "release", name + ".dll");
        List<string> arguments = [program, "-xml", resultFile, "-noLogo", "-noColor"];
        if (Filter().Class is { } only)
            arguments.AddRange(["-class", $"*{only}*"]);

        long started = time.GetTimestamp();
        try
        {
            ProgramResult run = await programs.RunAsync(
                new ProgramCall(dotnet, arguments)
                {
                    WorkingDirectory = options.Root,
                    Environment = environment,
                    Limit = Limit,
                    Accept = [.. Enumerable.Range(0, 256)],
                },
                cancellation).ConfigureAwait(false);
            if (File.Exists(resultFile))
                return ResultFile.Read(name, resultFile, run.Elapsed);
            return AssemblyResult.Broken(name, $"the test program ended with {run.ExitCode} and left no results; --verbose shows what it said", run.Elapsed);
        }
        catch (FactoryException e)
        {
            return AssemblyResult.Broken(name, e.Message, time.GetElapsedTime(started));
        }
    }
}
