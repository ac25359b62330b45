using System.Diagnostics;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Reading;
using ImageFactory.SecureExecution.Tests.Support;
using ImageFactory.SecureExecution.Unpack;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Tests.Writing;

/// <summary>Kills a process of our own while it writes images, at moments that a seed decides.</summary>
public sealed class KillTests
{
    private const string FolderVariable = "IMAGEFACTORY_TEST_KILL_FOLDER";

    [Fact]
    public async Task A_killed_run_leaves_no_half_image()
    {
        string self = Path.Combine(AppContext.BaseDirectory, "ImageFactory.SecureExecution.Tests");
        Assert.SkipUnless(File.Exists(self), "the test program was not started from its own executable");
        Random random = new(5);
        for (int round = 0; round < 4; round++)
        {
            using ScratchFolder scratch = new();
            using Process child = new();
            child.StartInfo = new ProcessStartInfo(self, ["-explicit", "only", "-method", $"{typeof(KillTests).FullName}.{nameof(Writes_images_until_it_is_killed)}"])
            {
                RedirectStandardOutput = true,
                Environment = { [FolderVariable] = scratch.Path },
            };
            child.Start();
            await WaitForAsync(() => Directory.GetFiles(scratch.Path).Length > 0 || child.HasExited);
            await Task.Delay(random.Next(300), TestContext.Current.CancellationToken);
            child.Kill();
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);

            using SecretBytes headerKey = new(Vectors.SeBytes("keys", "hdr-key.bin"));
            foreach (string file in Directory.GetFiles(scratch.Path).Where(f => !f.EndsWith(".part", StringComparison.Ordinal)))
            {
                await using FileStream stream = File.OpenRead(file);
                Assert.Empty(UnpackCheck.Run(SecureImage.Open(stream, file), headerKey, null, TestContext.Current.CancellationToken).Faults);
            }

            Assert.NotEmpty(Directory.GetFiles(scratch.Path));
        }
    }

    /// <summary>Started by the test above in a process of its own.</summary>
    [Fact(Explicit = true)]
    public async Task Writes_images_until_it_is_killed()
    {
        string folder = Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException("only for the other test");
        using SecretBytes headerKey = new(Vectors.SeBytes("keys", "hdr-key.bin"));
        byte[] ramdisk = new byte[8 << 20];
        for (int number = 0; number < 1000; number++)
        {
            SecureImageRequest request = await Requests.FullAsync(Path.Combine(folder, $"{number}.img")) with
            {
                Ramdisk = ComponentSource.Bytes("ramdisk", ramdisk),
                HeaderKey = headerKey,
            };
            using SecureImageResult result = await new SecureImageWriter(RandomSource.System).WriteAsync(request, TestContext.Current.CancellationToken);
        }
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        for (int i = 0; i < 3000 && !condition(); i++)
            await Task.Delay(10, TestContext.Current.CancellationToken);
    }
}
