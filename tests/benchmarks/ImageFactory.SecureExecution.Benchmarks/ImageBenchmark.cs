using System.Diagnostics;
using System.Globalization;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.HostKeys;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Benchmarks;

/// <summary>
/// Writing an image of 576 MiB against one SHA-512 pass of openssl over the result. The final fsync is measured by itself and taken off:
/// it is the disk's time, not the program's. On a busy machine the ratio of processor times tells more: two threads share it.
/// </summary>
internal sealed class ImageBenchmark(BenchmarkInputs inputs)
{
    public async Task RunAsync(int rounds)
    {
        HostKeyCheckResult keys = await new HostKeyVerifier(TimeProvider.System).CheckAsync(new HostKeySettings { HostKeys = [inputs["host.crt"]], Verify = false }, default);
        SecureImageRequest request = new()
        {
            Kernel = ComponentSource.File(inputs["kernel"]),
            Ramdisk = ComponentSource.File(inputs["ramdisk"]),
            CommandLine = ComponentSource.File(inputs["cmdline"]),
            HostKeys = keys.Documents,
            LoaderFolder = inputs.Folder,
            Output = inputs["se.img"],
            Overwrite = true,
        };
        List<double> ratios = [];
        for (int round = 0; round <= rounds; round++)
        {
            // Freeing the old file's pages is no work of the writer's.
            File.Delete(inputs["se.img"]);
            SyncTimer sync = new();
            Environment.ProcessCpuUsage before = Environment.CpuUsage;
            long start = Stopwatch.GetTimestamp();
            using SecureImageResult result = await new SecureImageWriter(RandomSource.System) { Observer = sync }.WriteAsync(request, default);
            TimeSpan whole = Stopwatch.GetElapsedTime(start);
            TimeSpan written = whole - sync.Duration;
            Environment.ProcessCpuUsage after = Environment.CpuUsage;
            TimeSpan processor = after.TotalTime - before.TotalTime;
            TimeSpan kernel = after.PrivilegedTime - before.PrivilegedTime;
            TimeSpan digest = await BenchmarkInputs.DigestWithOpensslAsync(inputs["se.img"]);
            TimeSpan digestProcessor = BenchmarkInputs.DigestHere(inputs["se.img"]);
            double ratio = written / digest;
            string note = round == 0 ? " (first run)" : "";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"image: {written.TotalSeconds:f3} s + fsync {sync.Duration.TotalSeconds:f3} s; openssl dgst -sha512 {digest.TotalSeconds:f3} s; ratio {ratio:f2}; "
                + $"processor time {processor.TotalSeconds:f3} s ({kernel.TotalSeconds:f3} s in the kernel) and {digestProcessor.TotalSeconds:f3} s, ratio {processor / digestProcessor:f2}{note}"));
            if (round > 0)
                ratios.Add(ratio);
        }

        ratios.Sort();
        long peak = Process.GetCurrentProcess().PeakWorkingSet64 >> 20;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"image: median ratio {ratios[ratios.Count / 2]:f2} (goal: at most 1.60); peak RSS {peak} MiB (goal: at most 96)"));
    }

    private sealed class SyncTimer : IWriteObserver
    {
        private long start;

        public TimeSpan Duration { get; private set; }

        public void Writing(long done, long total)
        {
        }

        public void Syncing() => start = Stopwatch.GetTimestamp();

        public void Synced() => Duration = Stopwatch.GetElapsedTime(start);
    }
}
