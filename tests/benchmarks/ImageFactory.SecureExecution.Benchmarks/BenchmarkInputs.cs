using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ImageFactory.SecureExecution.Benchmarks;

/// <summary>Made-up inputs in a folder that is removed at the end: a 64 MiB kernel, a 512 MiB initrd, stand-in loaders, a host key.</summary>
internal sealed class BenchmarkInputs : IDisposable
{
    public const long KernelSize = 64L << 20;
    public const long RamdiskSize = 512L << 20;

    private readonly DirectoryInfo folder;

    public BenchmarkInputs(string parent)
    {
        folder = Directory.CreateDirectory(Path.Combine(parent, "se-benchmark"));
        WriteRandom(this["kernel"], KernelSize);
        using (FileStream kernel = File.OpenWrite(this["kernel"]))
        {
            kernel.Position = 0x10008;
            kernel.Write("S390EP"u8);
            byte[] limit = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(limit, 4096);
            kernel.Position = 0x10430;
            kernel.Write(limit);
        }

        WriteRandom(this["ramdisk"], RamdiskSize);
        WriteRandom(this["stage3a.bin"], 11000);
        WriteRandom(this["stage3b_reloc.bin"], 5500);
        File.WriteAllText(this["cmdline"], "root=/dev/mapper/root console=ttysclp0");
        File.WriteAllText(this["host.crt"], MakeHostKey(0));
    }

    public string Folder => folder.FullName;

    public string this[string name] => Path.Combine(folder.FullName, name);

    public static string MakeHostKey(int number)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        CertificateRequest request = new($"CN=benchmark {number}", key, HashAlgorithmName.SHA512);
        DateTimeOffset start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using X509Certificate2 certificate = request.CreateSelfSigned(start, start.AddYears(50));
        return certificate.ExportCertificatePem();
    }

    /// <summary>What openssl takes for a SHA-512 over a file: the floor of any writer.</summary>
    public static async Task<TimeSpan> DigestWithOpensslAsync(string path)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo("openssl", ["dgst", "-sha512", path]) { RedirectStandardOutput = true })!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Processor time of the same pass in this process, with the same library of OpenSSL.</summary>
    public static TimeSpan DigestHere(string path)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        SHA512.HashData(file);
        return Environment.CpuUsage.TotalTime - before;
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static void WriteRandom(string path, long size)
    {
        byte[] buffer = new byte[Math.Min(1 << 20, size)];
        using FileStream file = File.Create(path);
        for (long at = 0; at < size; at += buffer.Length)
        {
            RandomNumberGenerator.Fill(buffer);
            file.Write(buffer, 0, (int)Math.Min(buffer.Length, size - at));
        }

        // Else the kernel would write the inputs back while the first image is measured.
        file.Flush(flushToDisk: true);
    }
}
