using System.Text;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Luks;
using ImageFactory.SecureExecution.Tests.Support;

namespace ImageFactory.SecureExecution.Tests.Luks;

public sealed class InitrdKeyArchiveTests
{
    private static readonly Guid Uuid = Guid.Parse("abc00000-1111-4222-8333-444455556666");

    [Theory]
    [InlineData(InitrdKind.Systemd, "etc/crypttab", "etc/keys/luks-abc00000-1111-4222-8333-444455556666.key")]
    [InlineData(InitrdKind.InitramfsTools, "cryptroot/crypttab", "cryptroot/keyfiles/luks-abc00000-1111-4222-8333-444455556666.key")]
    [Trait("needs", "cpio")]
    public async Task Cpio_unpacks_key_and_crypttab(InitrdKind kind, string crypttab, string key)
    {
        string cpio = Programs.Need("cpio");
        using ScratchFolder scratch = new();
        byte[] passphrase = Enumerable.Range(0, 64).Select(i => (byte)i).ToArray();
        using SecretBytes secret = new(passphrase);

        using SecretBytes archive = InitrdKeyArchive.Create(kind, Uuid, secret, DateTimeOffset.FromUnixTimeSeconds(1_750_000_000));
        await File.WriteAllBytesAsync(scratch["a.cpio"], archive.Span.ToArray(), TestContext.Current.CancellationToken);
        (int exit, string output) = await Programs.RunAsync(cpio, "-idm", "--quiet", "-D", scratch.Path, "-F", scratch["a.cpio"]);

        Assert.True(exit == 0, output);
        Assert.Equal(passphrase, await File.ReadAllBytesAsync(scratch[key], TestContext.Current.CancellationToken));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(scratch[key]));
        string line = await File.ReadAllTextAsync(scratch[crypttab], TestContext.Current.CancellationToken);
        Assert.Equal($"luks-{Uuid} UUID={Uuid} /{key} luks,discard,initramfs\n", line);
    }

    [Fact]
    public void The_first_entry_is_a_folder_as_newc_has_it()
    {
        using SecretBytes secret = new(64);

        using SecretBytes archive = InitrdKeyArchive.Create(InitrdKind.Systemd, Uuid, secret, DateTimeOffset.UnixEpoch);

        Assert.Equal(
            "07070100000001000041c0000000000000000000000002000000000000000000000000000000000000000000000000" + "0000000400000000etc\0",
            Encoding.ASCII.GetString(archive.Span[..114]));
        Assert.Equal(0, archive.Length % 4);
    }
}
