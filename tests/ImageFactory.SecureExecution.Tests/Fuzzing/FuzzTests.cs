using System.Diagnostics;
using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Disk;
using ImageFactory.SecureExecution.Format;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.HostKeys;
using ImageFactory.SecureExecution.Luks;
using ImageFactory.SecureExecution.Reading;
using ImageFactory.SecureExecution.Tests.Support;
using ImageFactory.SecureExecution.Unpack;

namespace ImageFactory.SecureExecution.Tests.Fuzzing;

/// <summary>
/// Damaged inputs for everything that reads bytes of others: more than 200,000 in all. Whatever comes, the answer is a value or a coded
/// fault, in bounded time and memory. A fixed seed makes a failure repeatable; IMAGEFACTORY_FUZZ_FACTOR multiplies the rounds.
/// </summary>
public sealed class FuzzTests
{
    /// <summary>One input may not take this long nor allocate this much, whatever sizes it claims.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    private const long MemoryLimit = 64 << 20;

    private static readonly int Factor = int.TryParse(Environment.GetEnvironmentVariable("IMAGEFACTORY_FUZZ_FACTOR"), out int factor) ? Math.Max(factor, 1) : 1;

    [Fact]
    public void Headers()
    {
        byte[][] good = [Vectors.SeBytes("cases", "c02-full", "sehdr.bin"), Vectors.SeBytes("unit", "secure_guest.hdr")];
        Mutations mutations = new(1);

        Run(90_000, i => SecureExecutionHeader.Parse(mutations.Mutate(good[i % good.Length]), "x"));
    }

    [Fact]
    public void Information_blocks_and_arguments()
    {
        byte[] image = Vectors.SeBytes("cases", "c02-full", "se.img");
        byte[] ipib = image[0x2E000..];
        byte[] region = image[0x12000..0x14000];
        Mutations mutations = new(2);

        Run(30_000, i =>
        {
            Ipib.TryRead(mutations.Mutate(ipib));
            ImageMetadata.TryRead(mutations.Mutate(image[0xC000..0xC01C]));
            if (i % 16 == 0)
                Stage3aArguments.TryFind(mutations.Mutate(region), 720);
        });
    }

    [Fact]
    public void Revocation_lists()
    {
        byte[][] good = [.. new[] { "ibm.crl", "ibm_armonk.crl", "inter_ca.crl", "root_ca.crl" }.Select(n => Pem(n)), Vectors.SeBytes("certs", "der.crl")];
        Mutations mutations = new(3);

        Run(40_000, i =>
        {
            CertificateRevocationList list = CertificateRevocationList.Read("x", mutations.Mutate(good[i % good.Length]));
            list.Lists([1, 2, 3]);
        });
    }

    [Fact]
    public void Certificates()
    {
        byte[][] good = [.. new[] { "host.crt", "ibm.crt", "inter_ca.crt", "made_p384.crt" }.Select(n => Pem(n))];
        Mutations mutations = new(4);

        Run(20_000, i =>
        {
            List<Fault> faults = [];
            CertificateFile? file = CertificateFile.Parse("x", mutations.Mutate(good[i % good.Length]), "certificate", faults);
            Assert.True(file is not null || faults.Count > 0);
            foreach (var certificate in file?.Certificates ?? [])
            {
                if (NamedCertificate.Read("x", certificate, faults) is { } named)
                {
                    SigningKeySubject.Fits(named.Subject);
                    DistributionPoints.Of(certificate);
                    SignatureCheck.FindWeakness(named.PublicKey);
                    named.Authority?.Matches(named);
                }

                certificate.Dispose();
            }
        });
    }

    /// <summary>All files of a verification, one damaged at a time: the verdict is always a list of faults, never an exception.</summary>
    [Fact]
    public async Task Whole_verifications()
    {
        using ScratchFolder scratch = new();
        string[] names = ["host.crt", "ibm.crt", "inter_ca.crt", "ibm.crl", "inter_ca.crl", "root_ca.crl", "root_ca.crt"];
        byte[][] good = [.. names.Select(Pem)];
        for (int i = 0; i < names.Length; i++)
            await File.WriteAllBytesAsync(scratch[names[i]], good[i], TestContext.Current.CancellationToken);
        HostKeySettings settings = new()
        {
            HostKeys = [scratch["host.crt"]],
            Certificates = [scratch["ibm.crt"], scratch["inter_ca.crt"]],
            Crls = [scratch["ibm.crl"], scratch["inter_ca.crl"], scratch["root_ca.crl"]],
            RootCa = scratch["root_ca.crt"],
        };
        HostKeyVerifier verifier = new(FixedTime.Usual);
        Assert.True((await verifier.CheckAsync(settings, TestContext.Current.CancellationToken)).Verified);
        Mutations mutations = new(9);

        for (int i = 0; i < 700 * Factor; i++)
        {
            int damaged = i % names.Length;
            byte[] bytes = mutations.Mutate(good[damaged]);
            await File.WriteAllBytesAsync(scratch[names[damaged]], bytes, TestContext.Current.CancellationToken);
            HostKeyCheckResult result = await verifier.CheckAsync(settings, TestContext.Current.CancellationToken);
            Assert.True(bytes.AsSpan().SequenceEqual(good[damaged]) == result.Verified, $"input {i}: {names[damaged]} {Convert.ToHexString(bytes)}");
            await File.WriteAllBytesAsync(scratch[names[damaged]], good[damaged], TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void Certificate_files_in_pem()
    {
        byte[] good = Vectors.SeBytes("certs", "ibm.chained.crt");
        Mutations mutations = new(5);

        Run(6_000, i => CertificateFile.Parse("x", mutations.Mutate(good), "certificate", []));
    }

    [Fact]
    public void Whole_images()
    {
        byte[] image = Vectors.SeBytes("cases", "c01-min", "se.img");
        (int Start, int Length)[] windows = [(0xC000, 28), (0x12AE0, 24), (0x14000, 640), (image.Length - 0xB8, 0xB8)];
        using SecretBytes key = new(Vectors.SeBytes("keys", "hdr-key.bin"));
        Mutations mutations = new(6);

        Run(2_000, i =>
        {
            (int start, int length) = windows[i % windows.Length];
            List<(int At, byte Old)> undo = mutations.Change(image.AsSpan(start, length));
            try
            {
                SecureImage found = SecureImage.Open(new MemoryStream(image), "x");
                UnpackCheck.Run(found, key, null, CancellationToken.None);
            }
            finally
            {
                Restore(image.AsSpan(start, length), undo);
            }
        });
    }

    [Fact]
    [Trait("needs", "mke2fs")]
    public async Task File_systems_and_partition_tables()
    {
        using ScratchFolder scratch = new();
        byte[] image = Vectors.SeBytes("cases", "c01-min", "se.img");
        await BootDisk.CreateAsync(scratch["disk"], scratch, 1024, 1 << 20, ("se.img", image), ("bootmap", BootDisk.BootMapPlaceholder()));
        byte[] disk = await File.ReadAllBytesAsync(scratch["disk"], TestContext.Current.CancellationToken);
        byte[] volume = disk[(1 << 20)..(2 << 20)];
        Ext4FileSystem whole = Ext4FileSystem.TryOpen(new MemoryStream(volume))!;
        Assert.NotNull(whole.TryFind("se.img"));

        // Superblock and descriptors, the blocks of inodes, and the root directory: where the reader looks.
        int inodes = FindInodeTable(volume);
        (int Start, int Length)[] windows = [(1024, 1024), (2048, 1024), (inodes * 1024, 4096), (whole.BlockSize * RootBlock(volume, inodes), 1024)];
        Mutations mutations = new(7);

        Run(30_000, i =>
        {
            (int start, int length) = windows[i % windows.Length];
            List<(int At, byte Old)> undo = mutations.Change(volume.AsSpan(start, length));
            try
            {
                ReadVolume(volume);
            }
            finally
            {
                Restore(volume.AsSpan(start, length), undo);
            }
        });
        Run(2_000, i =>
        {
            List<(int At, byte Old)> undo = mutations.Change(disk.AsSpan(512, 1024));
            try
            {
                GuidPartitionTable.TryRead(new MemoryStream(disk));
            }
            finally
            {
                Restore(disk.AsSpan(512, 1024), undo);
            }
        });
    }

    [Fact]
    public void Luks_headers()
    {
        byte[] container = File.ReadAllBytes(Vectors.Luks("made-by-cryptsetup", "first-160k.bin"));
        using SecretBytes passphrase = new(64);
        Mutations mutations = new(8);

        Run(1_500, i =>
        {
            List<(int At, byte Old)> undo = mutations.Change(container.AsSpan(4096, 700));
            try
            {
                // A damaged text under a right checksum: else the checksum alone would answer.
                byte[] repaired = WithChecksums(container);
                Luks2Reader.Unlock(new MemoryStream(repaired), passphrase, "x").Dispose();
            }
            finally
            {
                Restore(container.AsSpan(4096, 700), undo);
            }
        });
    }

    private static void ReadVolume(byte[] volume)
    {
        MemoryStream stream = new(volume);
        if (Ext4FileSystem.TryOpen(stream) is not { } fileSystem)
            return;
        fileSystem.TryReadUsedRanges(4096);
        if (fileSystem.TryFind("se.img") is not { } file)
            return;
        Ext4FileStream content = new(stream, file);
        content.ReadAt(0xC000, new byte[64]);
        content.ReadAt(file.Size - 1, new byte[64]);
    }

    /// <summary>Each input ends with a value, a coded fault, or "not this format"; anything else is a bug.</summary>
    private static void Run(int rounds, Action<int> read)
    {
        for (int i = 0; i < rounds * Factor; i++)
        {
            long start = Stopwatch.GetTimestamp();
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(i);
            }
            catch (Exception expected) when (expected is FactoryException or CryptographicException)
            {
            }

            Assert.True(Stopwatch.GetElapsedTime(start) < TimeLimit, $"input {i} took too long");
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - allocated < MemoryLimit, $"input {i} took too much memory");
        }
    }

    private static void Restore(Span<byte> data, List<(int At, byte Old)> undo)
    {
        for (int i = undo.Count - 1; i >= 0; i--)
            data[undo[i].At] = undo[i].Old;
    }

    private static byte[] WithChecksums(byte[] container)
    {
        byte[] repaired = [.. container];
        for (int header = 0; header <= 16384; header += 16384)
        {
            Span<byte> part = repaired.AsSpan(header, 16384);
            part.Slice(448, 64).Clear();
            SHA256.HashData(part).CopyTo(part[448..]);
        }

        return repaired;
    }

    private static int FindInodeTable(byte[] volume) => BitConverter.ToInt32(volume, 2048 + 8);

    /// <summary>First extent of inode 2, 256 bytes per inode: header 12 bytes, physical block at 8 of the entry.</summary>
    private static int RootBlock(byte[] volume, int inodeTable) => BitConverter.ToInt32(volume, (inodeTable * 1024) + 256 + 0x28 + 12 + 8);

    private static byte[] Pem(string name)
    {
        string text = File.ReadAllText(Vectors.Se("certs", name));
        PemFields fields = PemEncoding.Find(text);
        return Convert.FromBase64String(text[fields.Base64Data]);
    }
}
