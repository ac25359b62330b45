using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Publishing.Running;

namespace ImageFactory.Benchmarks.Publishing;

/// <summary>
/// <c>publish [PROVIDER…]</c>: whole publishes of 304 MiB of data in 1, 8 and 64 GiB to services on loopback, in turn with a bare loop of the
/// requests that carry the data, which it has in memory. Each is a process of its own; times are those inside, without the start of .NET.
/// Start-up is a whole publish of 4 MiB in 1 GiB: code that is compiled, requests that carry no data.
/// </summary>
internal static class PublishBenchmark
{
    private const int Runs = 3;

    public static async Task RunAsync(IReadOnlyList<string> providers)
    {
        string folder = Directory.CreateTempSubdirectory("publish-benchmark-").FullName;
        try
        {
            foreach (string provider in providers.Count > 0 ? providers : ["ami", "azure", "oci", "directory"])
            {
                foreach (long gibibytes in (long[])[1, 8, 64])
                    await CompareAsync(provider, gibibytes, folder);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One way in this process; prints seconds, bytes sent, seconds that hashing the data on every processor takes, and the peak of memory in KiB.</summary>
    public static async Task OnceAsync(bool bare, string provider, string disk, string folder, string[] service)
    {
        await using IRace race = RaceOf(provider);
        double seconds;
        double hashing = 0;
        long sent = 0;
        if (bare)
        {
            IReadOnlyList<(long Offset, byte[] Content)> pieces = DataOf(disk, race.Piece);
            Stopwatch watch = Stopwatch.StartNew();
            await race.BareAsync(pieces, folder, service);
            seconds = watch.Elapsed.TotalSeconds;
            watch.Restart();
            Parallel.For(0, Environment.ProcessorCount, _ =>
            {
                foreach ((long _, byte[] content) in pieces)
                    SHA256.HashData(content);
            });
            hashing = watch.Elapsed.TotalSeconds;
        }
        else
        {
            await using PreparedDestination destination = race.Destination(folder, service);
            (seconds, sent) = await DestinationCall.PublishAsync(destination, disk, Path.Combine(folder, "journals"));
        }

        string peak = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM", StringComparison.Ordinal)).Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1];
        Console.WriteLine(DestinationCall.Line($"{seconds} {sent} {hashing} {peak}"));
    }

    private static IRace RaceOf(string provider) => provider switch
    {
        "ami" => new AmiRace(),
        "azure" => new AzureRace(),
        "oci" => new OciRace(),
        "directory" => new DirectoryRace(),
        _ => throw new ArgumentException($"no benchmark of '{provider}'"),
    };

    private static async Task CompareAsync(string provider, long gibibytes, string folder)
    {
        await using IRace race = RaceOf(provider);
        string small = Path.Combine(folder, "small");
        WriteDisk(small, 1L << 30, 4 << 20);
        string first = race.Prepare(small);
        string raw = Path.Combine(folder, "disk");
        WriteDisk(raw, gibibytes << 30, 304 << 20);
        string disk = race.Prepare(raw);
        List<double> bares = [];
        List<double> wholes = [];
        List<double> starts = [];
        List<double> hashings = [];
        long peak = 0;
        long sent = 0;
        // The first warms files, programs and the service.
        for (int run = 0; run <= Runs; run++)
        {
            double[] start = await ChildAsync("whole", first, await race.OpenAsync());
            await race.ForgetAsync();
            double[] bare = await ChildAsync("bare", disk, await race.OpenAsync());
            await race.ForgetAsync();
            double[] whole = await ChildAsync("whole", disk, await race.OpenAsync());
            await race.ForgetAsync();
            if (run == 0)
                continue;
            bares.Add(bare[0]);
            wholes.Add(whole[0]);
            starts.Add(start[0]);
            hashings.Add(bare[2]);
            (sent, peak) = ((long)whole[1], Math.Max(peak, (long)whole[3]));
            Console.WriteLine(DestinationCall.Line($"{provider} {gibibytes,2} GiB: start-up {start[0]:0.00} s, bare {bare[0]:0.00} s, whole {whole[0]:0.00} s"));
        }

        Console.WriteLine(DestinationCall.Line(
            $"{provider} {gibibytes,2} GiB: medians: start-up {Median(starts):0.00} s, bare loop {Median(bares):0.00} s, whole publish {Median(wholes):0.00} s, ratio {Median(wholes) / Median(bares):0.00}, without start-up {(Median(wholes) - Median(starts)) / Median(bares):0.00}; hashing once per processor {Median(hashings):0.00} s; {sent / 1048576.0:0.0} MiB sent, peak {peak >> 10} MiB"));
        File.Delete(raw);
        File.Delete(disk);
        File.Delete(small);
        File.Delete(first);

        async Task<double[]> ChildAsync(string way, string image, string[] service)
        {
            string own = Directory.CreateDirectory(Path.Combine(folder, "run")).FullName;
            using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["publish-once", way, provider, image, own, .. service]) { RedirectStandardOutput = true })!;
            string output = await child.StandardOutput.ReadToEndAsync();
            await child.WaitForExitAsync();
            Directory.Delete(own, recursive: true);
            return child.ExitCode == 0
                ? [.. output.Trim().Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))]
                : throw new InvalidOperationException($"the process for '{way}' ended with {child.ExitCode}");
        }
    }

    /// <summary>As file systems lay their data: pieces of 4 MiB at multiples of that, spread over the whole disk, without blocks of zeros, half of it compressible.</summary>
    private static void WriteDisk(string path, long size, int data)
    {
        using FileStream file = File.Create(path);
        file.SetLength(size);
        byte[] piece = new byte[4 << 20];
        piece.AsSpan().Fill((byte)'a');
        Random random = new(1);
        int pieces = data / piece.Length;
        for (int i = 0; i < pieces; i++)
        {
            random.NextBytes(piece.AsSpan(0, piece.Length / 2));
            file.Position = size / pieces * i / piece.Length * piece.Length;
            file.Write(piece);
        }
    }

    private static List<(long Offset, byte[] Content)> DataOf(string disk, int size)
    {
        using IExtentSource source = DiskImage.Open(disk);
        List<(long Offset, byte[] Content)> pieces = [];
        foreach (Extent extent in source.Extents().Where(e => e.Kind == ExtentKind.Data))
        {
            for (long at = extent.Offset; at < extent.End;)
            {
                // Cut at multiples of the size, and whole at the disk's end.
                byte[] content = new byte[(int)(Math.Min((at / size * size) + size, extent.End) - at)];
                source.Read(at, content);
                if (content.AsSpan().ContainsAnyExcept((byte)0))
                    pieces.Add((at, content));
                at += content.Length;
            }
        }

        return pieces;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
