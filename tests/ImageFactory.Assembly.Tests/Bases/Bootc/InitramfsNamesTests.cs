using System.Diagnostics;
using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Assembly.Tests.Tree;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

public sealed class InitramfsNamesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [Trait("needs", "cpio, gzip, xz, zstd")]
    [InlineData("cat")]
    [InlineData("gzip")]
    [InlineData("xz --check=crc32")]
    [InlineData("zstd -q")]
    public async Task Names_are_those_that_cpio_was_given(string compress)
    {
        foreach (string program in (string[])["cpio", compress.Split(' ')[0]])
            Tool.Need(program);
        using TemporaryFolder folder = new();
        folder.Write("tree/usr/lib/one", "1");
        folder.Write("tree/usr/lib/ä long name with blanks", new string('x', 70_000));
        folder.Write("tree/early", "");
        Shell(folder.Path, $"cd tree; echo early | cpio -o -H newc --quiet > ../initrd; head -c 300 /dev/zero >> ../initrd; find usr -depth | cpio -o -H newc --quiet | {compress} >> ../initrd");

        await using FileStream initrd = File.OpenRead(folder["initrd"]);
        IReadOnlyCollection<string> names = await InitramfsNames.ReadAsync(initrd, Token);

        Assert.Equal(["early", "usr", "usr/lib", "usr/lib/one", "usr/lib/ä long name with blanks"], names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Damaged_ones_are_refused_and_nothing_else_happens()
    {
        byte[] whole = await BootcSystemStageTests.InitrdAsync(["usr/lib/a", "usr/lib/b"]);
        Random random = new(11);
        for (int i = 0; i < 4_000; i++)
        {
            byte[] damaged = whole[..random.Next(whole.Length + 1)];
            for (int j = random.Next(4); j > 0 && damaged.Length > 0; j--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                Assert.True((await InitramfsNames.ReadAsync(new MemoryStream(damaged), Token)).Count < 100);
            }
            catch (InvalidDataException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }

    private static void Shell(string folder, string script)
    {
        using Process process = Process.Start(new ProcessStartInfo("sh", ["-ec", script]) { WorkingDirectory = folder })!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
