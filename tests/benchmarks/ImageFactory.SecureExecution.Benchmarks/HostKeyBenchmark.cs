using System.Diagnostics;
using System.Globalization;
using ImageFactory.SecureExecution.HostKeys;

namespace ImageFactory.SecureExecution.Benchmarks;

/// <summary>Verification of 95 documents, with every signature and list, against the test hierarchy of the vectors.</summary>
internal sealed class HostKeyBenchmark(BenchmarkInputs inputs)
{
    private const int Count = 95;

    public async Task RunAsync()
    {
        TestHierarchy hierarchy = new(inputs.Folder, Count);
        HostKeyVerifier verifier = new(TimeProvider.System);
        for (int round = 0; round < 2; round++)
        {
            long start = Stopwatch.GetTimestamp();
            HostKeyCheckResult result = await verifier.CheckAsync(hierarchy.Settings, default);
            TimeSpan time = Stopwatch.GetElapsedTime(start);
            string verdict = result.Verified ? "all verified" : string.Join('\n', result.Faults);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"host keys: {Count} documents in {time.TotalSeconds:f3} s (goal: at most 1); {verdict}{(round == 0 ? " (warm-up)" : "")}"));
        }
    }
}
