using ImageFactory.SecureExecution.HostKeys;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Tests.Support;

/// <summary>Requests over the golden inputs.</summary>
internal static class Requests
{
    public static async Task<IReadOnlyList<HostKeyDocument>> HostKeysAsync(params string[] names)
    {
        HostKeySettings settings = new() { HostKeys = [.. names.Select(n => Vectors.Se("certs", n))], Verify = false };
        return (await new HostKeyVerifier(FixedTime.Usual).CheckAsync(settings, TestContext.Current.CancellationToken)).OrThrow().Documents;
    }

    public static async Task<SecureImageRequest> FullAsync(string output) => new()
    {
        Kernel = ComponentSource.File(Vectors.Se("inputs", "kernel-70001.bin")),
        Ramdisk = ComponentSource.File(Vectors.Se("inputs", "initrd-12345.bin")),
        CommandLine = ComponentSource.File(Vectors.Se("inputs", "cmdline-plain.txt")),
        HostKeys = await HostKeysAsync("host.crt"),
        LoaderFolder = Vectors.Se("loaders"),
        Output = output,
    };

    public static byte[] Kernel(int size, Random random)
    {
        byte[] kernel = new byte[size];
        random.NextBytes(kernel);
        kernel[0] = 0;
        "S390EP"u8.CopyTo(kernel.AsSpan(0x10008));
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(kernel.AsSpan(0x10430), 4096);
        return kernel;
    }
}
