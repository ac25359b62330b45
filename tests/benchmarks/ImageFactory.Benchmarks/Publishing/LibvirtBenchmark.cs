using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Benchmarks.Publishing;

/// <summary><c>libvirt URI POOL</c>: whole publishes into the pool and <c>virsh vol-upload --sparse</c> of the same disks, 304 MiB of data in 1, 8 and 64 GiB, in turn.</summary>
internal static class LibvirtBenchmark
{
    private const int Runs = 3;

    public static async Task RunAsync(string uri, string pool)
    {
        string folder = Directory.CreateTempSubdirectory("libvirt-benchmark-").FullName;
        try
        {
            foreach (long gibibytes in (long[])[1, 8, 64])
            {
                string disk = Path.Combine(folder, "disk");
                DestinationCall.WriteDisk(disk, gibibytes << 30, 304L << 20);
                for (int run = 0; run <= Runs; run++)
                {
                    DestinationCall.Time("virsh", "-c", uri, "vol-create-as", pool, "virsh-benchmark", $"{gibibytes}G", "--format", "raw", "--allocation", "0");
                    double theirs = DestinationCall.Time("virsh", "-c", uri, "vol-upload", "--sparse", "virsh-benchmark", disk, "--pool", pool);
                    DestinationCall.Time("virsh", "-c", uri, "vol-delete", "virsh-benchmark", "--pool", pool);
                    (double ours, long sent) = await DestinationCall.PublishAsync(
                        new LibvirtDestination { Uri = uri, Pool = pool }, disk, new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" }, Path.Combine(folder, "journals"));
                    if (run > 0)
                        Console.WriteLine(DestinationCall.Line($"{gibibytes,2} GiB: virsh {theirs:0.00} s, whole publish {ours:0.00} s, ratio {ours / theirs:0.00}, {sent >> 20} MiB sent"));
                }

                File.Delete(disk);
            }

            Console.WriteLine(DestinationCall.PeakMemory());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
