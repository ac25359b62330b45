using System.Diagnostics;
using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Publishing;
using ImageFactory.Publishing.Running;

namespace ImageFactory.Benchmarks.Publishing;

/// <summary>A whole publish to one destination, as the factory does it, and its time.</summary>
internal static class DestinationCall
{
    public static async Task<(double Seconds, long BytesSent)> PublishAsync(Destination destination, string disk, IReadOnlyDictionary<string, string> environment, string folder)
    {
        DestinationSetting setting = Setting(destination, environment);
        await using PreparedDestination prepared = new("it", setting, PublisherKinds.Of(destination).Create(setting));
        (double Seconds, long BytesSent) result = await PublishAsync(prepared, disk, folder);
        IReadOnlyList<Fault> faults = (await PublishRun.UnpublishAsync([prepared], Sha256.Of(disk), force: true, CancellationToken.None)).Faults;
        return faults.Count == 0 ? result : throw new InvalidOperationException(string.Join('\n', faults));
    }

    /// <summary>Publishes, and leaves what was published where it is.</summary>
    public static async Task<(double Seconds, long BytesSent)> PublishAsync(PreparedDestination prepared, string disk, string folder)
    {
        ImageDescription description = new() { Recipe = "benchmark", RecipeDigest = Sha256.Of("recipe"), Architecture = Architecture.X64 };
        PublishRun run = new(folder, new Silent(), TimeProvider.System);
        Stopwatch watch = Stopwatch.StartNew();
        DestinationResult result = (await run.PublishAsync([prepared], new PublishableImage(description, disk, Sha256.Of(disk)), stopAtFirst: false, CancellationToken.None))[0];
        double seconds = watch.Elapsed.TotalSeconds;
        return result.Publication is { } publication ? (seconds, publication.BytesSent) : throw new InvalidOperationException(string.Join('\n', result.Faults));
    }

    public static DestinationSetting Setting(Destination destination, IReadOnlyDictionary<string, string> environment) => new(destination, "benchmark", "here", new PublishSurroundings
    {
        Environment = environment,
        Time = TimeProvider.System,
        Reporter = new Silent(),
        Processors = Environment.ProcessorCount,
        Programs = new ProgramRunner(ProgramEnvironment.From(environment), new Silent(), TimeProvider.System),
        Conceal = _ => { },
    });

    /// <summary>A sparse disk with as much data in pieces of 4 MiB, half of it compressible, spread over its whole size.</summary>
    public static void WriteDisk(string path, long size, long data)
    {
        using FileStream file = File.Create(path);
        file.SetLength(size);
        byte[] piece = new byte[4 << 20];
        Random random = new(1);
        long pieces = data / piece.Length;
        for (long i = 0; i < pieces; i++)
        {
            random.NextBytes(piece.AsSpan(0, piece.Length / 2));
            file.Position = size / pieces * i / 4096 * 4096;
            file.Write(piece);
        }
    }

    public static string PeakMemory() => File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM", StringComparison.Ordinal)).Replace("\t", " ", StringComparison.Ordinal);

    public static double Time(string program, params string[] arguments)
    {
        Stopwatch watch = Stopwatch.StartNew();
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.BaseStream.CopyTo(Stream.Null);
        process.WaitForExit();
        return process.ExitCode == 0 ? watch.Elapsed.TotalSeconds : throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
    }

    public static string Output(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
    }

    public static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Silent : IReporter
    {
        public void Report(RunEvent happened)
        {
        }
    }
}
