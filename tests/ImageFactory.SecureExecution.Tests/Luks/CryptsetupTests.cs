using System.Security.Cryptography;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Luks;
using ImageFactory.SecureExecution.Tests.Support;

namespace ImageFactory.SecureExecution.Tests.Luks;

/// <summary>The real cryptsetup and the real ext4 tools judge our containers.</summary>
public sealed class CryptsetupTests
{
    [Theory]
    [InlineData(4096, 64, 1024)]
    [InlineData(4096, 64, 4096)]
    [InlineData(512, 32, 4096)]
    [Trait("needs", "cryptsetup")]
    [Trait("needs", "mke2fs")]
    public async Task It_opens_our_container_and_the_file_system_inside_is_whole(int sectorSize, int keySize, int blockSize)
    {
        string cryptsetup = Programs.Need("cryptsetup");
        string mke2fs = Programs.Need("mke2fs");
        using ScratchFolder scratch = new();
        string tree = scratch["tree"];
        Directory.CreateDirectory(Path.Combine(tree, "etc"));
        await File.WriteAllBytesAsync(Path.Combine(tree, "etc", "data"), RandomNumberGenerator.GetBytes(3_000_001), TestContext.Current.CancellationToken);
        (int exit, string output) = await Programs.RunAsync(mke2fs, "-q", "-t", "ext4", "-b", $"{blockSize}", "-d", tree, scratch["root.ext4"], "160M");
        Assert.True(exit == 0, output);
        Luks2Settings settings = new() { Uuid = Guid.NewGuid(), Label = "root", SectorSize = sectorSize, KeySize = keySize };

        string disk = scratch["disk.img"];
        await using (FileStream plaintext = File.OpenRead(scratch["root.ext4"]))
        await using (FileStream target = File.Create(disk))
        {
            target.SetLength(Luks2Writer.SizeFor(settings, plaintext.Length));
            using Luks2Result result = await new Luks2Writer(RandomSource.System).WriteAsync(plaintext, target, 0, target.Length, settings, TestContext.Current.CancellationToken);
            await File.WriteAllBytesAsync(scratch["key"], result.Passphrase.Span.ToArray(), TestContext.Current.CancellationToken);
            Assert.InRange(result.EncryptedBytes, 3_000_001, plaintext.Length / 2);
        }

        (exit, output) = await Programs.RunAsync(cryptsetup, "open", "--test-passphrase", "--key-file", scratch["key"], disk);
        Assert.True(exit == 0, output);
        (exit, output) = await Programs.RunAsync(cryptsetup, "luksDump", disk);
        Assert.True(exit == 0, output);
        Assert.Contains(settings.Uuid.ToString(), output, StringComparison.Ordinal);
        Assert.Contains($"sector: {sectorSize} [bytes]", output, StringComparison.Ordinal);

        await DecryptAsync(disk, scratch["key"], settings, scratch["again.ext4"]);
        (exit, output) = await Programs.RunAsync(Programs.Need("e2fsck"), "-fn", scratch["again.ext4"]);
        Assert.True(exit == 0, output);
        (exit, output) = await Programs.RunAsync(Programs.Need("debugfs"), "-R", $"dump /etc/data {scratch["data"]}", scratch["again.ext4"]);
        Assert.True(exit == 0, output);
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(tree, "etc", "data"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(scratch["data"], TestContext.Current.CancellationToken));
    }

    /// <summary>Decrypts everything, as dm-crypt would: what was a hole becomes noise, which the file system must never look at.</summary>
    private static async Task DecryptAsync(string disk, string keyFile, Luks2Settings settings, string target)
    {
        await using FileStream container = File.OpenRead(disk);
        using SecretBytes passphrase = new(await File.ReadAllBytesAsync(keyFile, TestContext.Current.CancellationToken));
        using SecretBytes volumeKey = Luks2Reader.Unlock(container, passphrase, disk);
        using AesXts cipher = new(volumeKey.Span);
        await using FileStream plain = File.Create(target);
        byte[] buffer = new byte[1 << 20];
        byte[] tweaks = new byte[buffer.Length / settings.SectorSize * 16];
        container.Position = settings.DataOffset;
        for (long at = 0; container.Position < container.Length; at += buffer.Length)
        {
            await container.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
            SectorTweaks.Write(at, settings.SectorSize, tweaks);
            cipher.Decrypt(buffer, settings.SectorSize, tweaks);
            await plain.WriteAsync(buffer, TestContext.Current.CancellationToken);
        }
    }
}
