using System.Diagnostics;
using System.Globalization;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Verity;

namespace ImageFactory.Benchmarks;

/// <summary>
/// <c>verity [RUNS]</c>: the hash tree of 1 GiB by <c>veritysetup format</c> and by ours, in turn, each as a whole process;
/// prints every run, the medians and their ratio.
/// </summary>
internal static class Program
{
    private const long DataSize = 1L << 30;

    private static async Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["verity", .. var rest]:
                return CompareVerity(rest is [{ } runs] ? int.Parse(runs, CultureInfo.InvariantCulture) : 5);
            case ["verity-once", { } data, { } hashes]:
                await MakeTreeAsync(data, hashes);
                return 0;
            case ["gcp"]:
                await Publishing.GcpBenchmark.RunAsync();
                return 0;
            case ["gcp-once", { } disk]:
                await Publishing.GcpBenchmark.PackOnceAsync(disk);
                return 0;
            case ["libvirt", { } uri, { } pool]:
                await Publishing.LibvirtBenchmark.RunAsync(uri, pool);
                return 0;
            case ["publish", .. var providers]:
                await Publishing.PublishBenchmark.RunAsync(providers);
                return 0;
            case ["job", { } target]:
                await Jobs.JobBenchmark.RunAsync(target);
                return 0;
            case ["publish-once", { } way, { } provider, { } disk, { } folder, .. var service]:
                await Publishing.PublishBenchmark.OnceAsync(way == "bare", provider, disk, folder, service);
                return 0;
            default:
                Console.Error.WriteLine("usage: verity [RUNS] | gcp | libvirt URI POOL | job HOST.dll|IMAGE | publish [ami | azure | oci | directory]…");
                return 64;
        }
    }

    private static int CompareVerity(int runs)
    {
        string folder = Directory.CreateTempSubdirectory("verity-benchmark-").FullName;
        if (Directory.Exists("/dev/shm"))
        {
            Directory.Delete(folder);
            folder = Directory.CreateDirectory(Path.Combine("/dev/shm", Path.GetFileName(folder))).FullName;
        }

        try
        {
            string data = Path.Combine(folder, "data");
            WriteRandom(data);
            List<double> theirs = [];
            List<double> ours = [];
            for (int run = 0; run <= runs; run++)
            {
                double a = Time("veritysetup", "format", "--salt=" + new string('a', 64), "--uuid=22222222-2222-2222-2222-222222222222", data, Path.Combine(folder, "theirs"));
                double b = Time(Environment.ProcessPath!, "verity-once", data, Path.Combine(folder, "ours"));
                File.Delete(Path.Combine(folder, "theirs"));
                File.Delete(Path.Combine(folder, "ours"));
                if (run == 0)
                    continue; // warms the page cache and the compiler
                theirs.Add(a);
                ours.Add(b);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"run {run}: veritysetup {a:0.00} s, image factory {b:0.00} s"));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"median: veritysetup {Median(theirs):0.00} s, image factory {Median(ours):0.00} s, ratio {Median(ours) / Median(theirs):0.00}"));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MakeTreeAsync(string data, string hashes)
    {
        using RawFileSource source = RawFileSource.Open(data);
        await using FileStream target = File.Create(hashes);
        await VerityTree.WriteAsync(source, target, 0, Enumerable.Repeat((byte)0xaa, 32).ToArray(), new Guid("22222222-2222-2222-2222-222222222222"), CancellationToken.None);
        string peak = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM", StringComparison.Ordinal));
        Console.WriteLine("  " + peak.Replace("\t", " ", StringComparison.Ordinal));
    }

    private static double Time(string program, params string[] arguments)
    {
        Stopwatch watch = Stopwatch.StartNew();
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = program == "veritysetup" })!;
        process.WaitForExit();
        return process.ExitCode == 0 ? watch.Elapsed.TotalSeconds : throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
    }

    private static void WriteRandom(string path)
    {
        using FileStream file = File.Create(path);
        byte[] block = new byte[1 << 20];
        Random random = new(1);
        for (long written = 0; written < DataSize; written += block.Length)
        {
            random.NextBytes(block);
            file.Write(block);
        }
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
