using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.HostKeys;
using ImageFactory.SecureExecution.Tests.Support;
using ImageFactory.SecureExecution.Trustee;

namespace ImageFactory.SecureExecution.Tests.Trustee;

public sealed class TrusteeBundleTests
{
    [Fact]
    public async Task The_folder_and_the_archive_have_what_the_verifier_reads()
    {
        using ScratchFolder scratch = new();

        await WriteAsync(scratch, Settings);

        Assert.Equal(
            ["certs/ibm.crt", "certs/inter_ca.crt", "crls/ibm.crl", "crls/inter_ca.crl", "hdr/hdr.bin", "hkds/host.crt", "root_ca.crt", "rsa/encrypt_key.pem", "rsa/encrypt_key.pub"],
            Directory.GetFiles(scratch["ibmse"], "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(scratch["ibmse"], f)).Order(StringComparer.Ordinal));
        Assert.Equal(Vectors.SeBytes("cases", "c01-min", "sehdr.bin"), await File.ReadAllBytesAsync(scratch["ibmse/hdr/hdr.bin"], TestContext.Current.CancellationToken));
        using RSA key = RSA.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(scratch["ibmse/rsa/encrypt_key.pem"], TestContext.Current.CancellationToken));
        Assert.Equal(4096, key.KeySize);
        Assert.Equal(key.ExportSubjectPublicKeyInfoPem(), (await File.ReadAllTextAsync(scratch["ibmse/rsa/encrypt_key.pub"], TestContext.Current.CancellationToken)).TrimEnd());
        Dictionary<string, UnixFileMode> entries = ReadArchive(scratch["ibmse.tar.gz"]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, entries["ibmse/rsa/encrypt_key.pem"]);
        Assert.True(entries["ibmse/hkds/host.crt"].HasFlag(UnixFileMode.OtherRead));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(scratch["ibmse/rsa/encrypt_key.pem"]));
    }

    [Fact]
    public async Task What_verification_refuses_is_refused_and_nothing_is_left()
    {
        using ScratchFolder scratch = new();
        HostKeySettings withoutCrl = Settings with { Crls = [] };

        FactoryException exception = await Assert.ThrowsAsync<FactoryException>(() => WriteAsync(scratch, withoutCrl));

        Assert.Contains(exception.Faults, f => f.Code == "IFS112");
        Assert.Contains(exception.Faults, f => f.Code == "IFS122");
        Assert.Empty(Directory.GetFileSystemEntries(scratch.Path));
    }

    [Fact]
    public async Task A_machine_that_the_image_is_not_for_is_refused()
    {
        using ScratchFolder scratch = new();
        HostKeySettings more = Settings with { HostKeys = [Vectors.Se("certs", "host.crt"), Vectors.Se("certs", "host2.crt")] };

        FactoryException exception = await Assert.ThrowsAsync<FactoryException>(() => WriteAsync(scratch, more));

        Assert.Equal("IFS604", Assert.Single(exception.Faults).Code);
    }

    private static HostKeySettings Settings => new()
    {
        HostKeys = [Vectors.Se("certs", "host.crt")],
        Certificates = [Vectors.Se("certs", "ibm.crt"), Vectors.Se("certs", "inter_ca.crt")],
        Crls = [Vectors.Se("certs", "ibm.crl"), Vectors.Se("certs", "inter_ca.crl")],
        RootCa = Vectors.Se("certs", "root_ca.chained.crt"),
    };

    private static Task<IReadOnlyList<Fault>> WriteAsync(ScratchFolder scratch, HostKeySettings settings) =>
        new TrusteeBundleWriter(new HostKeyVerifier(FixedTime.Usual)).WriteAsync(
            new TrusteeBundleRequest
            {
                Header = SecureExecutionHeader.Parse(Vectors.SeBytes("cases", "c01-min", "sehdr.bin"), "c01-min"),
                HostKeys = settings,
                Folder = scratch["ibmse"],
                Archive = scratch["ibmse.tar.gz"],
                Modified = DateTimeOffset.FromUnixTimeSeconds(1_750_000_000),
            },
            TestContext.Current.CancellationToken);

    private static Dictionary<string, UnixFileMode> ReadArchive(string path)
    {
        Dictionary<string, UnixFileMode> entries = [];
        using FileStream file = File.OpenRead(path);
        using GZipStream plain = new(file, CompressionMode.Decompress);
        using TarReader reader = new(plain);
        while (reader.GetNextEntry() is { } entry)
            entries[entry.Name] = entry.Mode;
        return entries;
    }
}
