using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Format;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.HostKeys;
using ImageFactory.SecureExecution.Reading;
using ImageFactory.SecureExecution.Tests.Support;
using ImageFactory.SecureExecution.Unpack;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Tests.Writing;

public sealed class SecureImageWriterTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 14)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_is_written_can_be_unpacked_again(int seed)
    {
        Random random = new(seed);
        using ScratchFolder scratch = new();
        byte[] ramdisk = new byte[seed switch { 1 => 0, 2 => 1, 3 => 4096, 4 => (1 << 20) + 1, _ => random.Next(3 << 20) }];
        random.NextBytes(ramdisk);
        byte[] line = new byte[random.Next(0, 4096)];
        random.NextBytes(line);
        line.AsSpan().Replace((byte)0, (byte)1);
        int keys = seed switch { 1 => 1, 2 => 44, 3 => 45, 4 => 95, _ => random.Next(1, 96) };
        HostKeyDocument machine = (await Requests.HostKeysAsync("host.crt"))[0];
        SecureImageRequest request = new()
        {
            Kernel = ComponentSource.Bytes("kernel", Requests.Kernel(0x10438 + random.Next(3 << 20), random)),
            Ramdisk = seed % 3 == 2 ? null : ComponentSource.Bytes("ramdisk", ramdisk),
            CommandLine = seed % 5 == 4 ? null : ComponentSource.Bytes("command line", line),
            HostKeys = [.. Enumerable.Repeat(machine, keys)],
            LoaderFolder = Vectors.Se(seed % 2 == 0 ? "loaders" : "loaders-big"),
            Output = scratch["se.img"],
            Flags = new ControlFlags { ImageEncryption = seed % 7 != 0 },
        };

        using SecureImageResult result = await new SecureImageWriter(RandomSource.System).WriteAsync(request, TestContext.Current.CancellationToken);

        await using FileStream file = File.OpenRead(result.Path);
        SecureImage image = SecureImage.Open(file, "se.img");
        using ECDiffieHellman privateKey = ECDiffieHellman.Create();
        privateKey.ImportFromPem(await File.ReadAllTextAsync(Vectors.Se("certs", "host.key"), TestContext.Current.CancellationToken));
        using SecretBytes headerKey = HeaderKeyRecovery.FromHostKey(image.Header, privateKey, "se.img");
        UnpackExpectations expected = new()
        {
            Kernel = request.Kernel,
            Ramdisk = request.Ramdisk,
            CommandLine = request.CommandLine,
            LoaderFolder = request.LoaderFolder,
            ImageKey = result.ImageKey,
        };
        Assert.Empty(UnpackCheck.Run(image, headerKey, expected, TestContext.Current.CancellationToken).Faults);
        Assert.Equal(file.Length, result.Size);
        Assert.True(headerKey.SameAs(result.HeaderKey.Span));
    }

    [Fact]
    public async Task A_key_in_an_appended_archive_is_in_the_image_and_not_in_clear()
    {
        using ScratchFolder scratch = new();
        using SecretBytes secret = new("a key that must not be seen!"u8);
        ComponentSource initrd = ComponentSource.File(Vectors.Se("inputs", "initrd-12345.bin"));
        SecureImageRequest request = await Requests.FullAsync(scratch["se.img"]) with { Ramdisk = ComponentSource.Concatenate(4, initrd, ComponentSource.Secret("key", secret)) };

        using SecureImageResult result = await new SecureImageWriter(RandomSource.System).WriteAsync(request, TestContext.Current.CancellationToken);

        byte[] bytes = await File.ReadAllBytesAsync(result.Path, TestContext.Current.CancellationToken);
        Assert.Equal(-1, bytes.AsSpan().IndexOf(secret.Span));
        UnpackReport report = UnpackCheck.Run(SecureImage.Open(new MemoryStream(bytes), "x"), result.HeaderKey, null, TestContext.Current.CancellationToken);
        byte[] expected = [.. Vectors.SeBytes("inputs", "initrd-12345.bin"), 0, 0, 0, .. secret.Span];
        Assert.Equal(Sha256.Of(expected), report.Components.Single(c => c.Kind == ComponentKind.Ramdisk).Content);
    }

    [Fact]
    public async Task Two_builds_share_no_key()
    {
        using ScratchFolder scratch = new();
        SecureImageRequest request = await Requests.FullAsync(scratch["1"]);

        using SecureImageResult first = await new SecureImageWriter(RandomSource.System).WriteAsync(request, TestContext.Current.CancellationToken);
        using SecureImageResult second = await new SecureImageWriter(RandomSource.System).WriteAsync(request with { Output = scratch["2"] }, TestContext.Current.CancellationToken);

        Assert.False(first.HeaderKey.SameAs(second.HeaderKey.Span));
        Assert.False(first.ImageKey.SameAs(second.ImageKey.Span));
        Assert.NotEqual(first.Header.CustomerKey.ToArray(), second.Header.CustomerKey.ToArray());
        Assert.Equal(first.Header.AddressDigest.ToArray(), second.Header.AddressDigest.ToArray());
    }

    [Fact]
    public async Task All_faults_of_all_inputs_are_told_at_once()
    {
        using ScratchFolder scratch = new();
        using SecretBytes shortKey = new(31);
        SecureImageRequest request = new()
        {
            Kernel = ComponentSource.File(Vectors.Se("inputs", "empty.bin")),
            Ramdisk = ComponentSource.File(scratch["none"]),
            HostKeys = [],
            LoaderFolder = scratch["nowhere"],
            Output = scratch["missing/se.img"],
            Cck = shortKey,
            Flags = new ControlFlags { CckExtensionSecret = true, CckUpdate = true },
        };

        FactoryException exception = await Assert.ThrowsAsync<FactoryException>(() => new SecureImageWriter(RandomSource.System).WriteAsync(request, TestContext.Current.CancellationToken));

        Assert.Equal(
            ["IFS204", "IFS211", "IFS211", "IFS213", "IFS214", "IFS219", "IFS220", "IFS302"],
            exception.Faults.Select(f => f.Code).Order(StringComparer.Ordinal));
        Assert.All(exception.Faults, f => Assert.NotNull(f.Hint));
    }

    [Fact]
    public async Task An_existing_output_stays_as_it_is()
    {
        using ScratchFolder scratch = new();
        await File.WriteAllTextAsync(scratch["se.img"], "mine", TestContext.Current.CancellationToken);

        string code = await FailAsync(await Requests.FullAsync(scratch["se.img"]), null);

        Assert.Equal("IFS301", code);
        Assert.Equal("mine", await File.ReadAllTextAsync(scratch["se.img"], TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFiles(scratch.Path));
    }

    [Fact]
    public async Task An_output_that_appears_meanwhile_stays_as_it_is()
    {
        using ScratchFolder scratch = new();

        string code = await FailAsync(await Requests.FullAsync(scratch["se.img"]), new CallbackObserver { BeforeSync = () => File.WriteAllText(scratch["se.img"], "mine") });

        Assert.Equal("IFS301", code);
        Assert.Equal("mine", await File.ReadAllTextAsync(scratch["se.img"], TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFiles(scratch.Path));
    }

    [Fact]
    public async Task Overwriting_replaces_the_output_in_one_step()
    {
        using ScratchFolder scratch = new();
        await File.WriteAllTextAsync(scratch["se.img"], "old", TestContext.Current.CancellationToken);
        string seen = "";
        CallbackObserver observer = new() { BeforeSync = () => seen = File.ReadAllText(scratch["se.img"]) };

        using SecureImageResult result = await new SecureImageWriter(RandomSource.System) { Observer = observer }
            .WriteAsync(await Requests.FullAsync(scratch["se.img"]) with { Overwrite = true }, TestContext.Current.CancellationToken);

        Assert.Equal("old", seen);
        Assert.Equal(result.Size, new FileInfo(scratch["se.img"]).Length);
        Assert.Single(Directory.GetFiles(scratch.Path));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(scratch["se.img"]));
    }

    [Fact]
    public async Task What_a_killed_run_left_is_taken_over()
    {
        using ScratchFolder scratch = new();
        await File.WriteAllTextAsync(scratch["se.img.part"], "half", TestContext.Current.CancellationToken);

        using SecureImageResult result = await new SecureImageWriter(RandomSource.System).WriteAsync(await Requests.FullAsync(scratch["se.img"]), TestContext.Current.CancellationToken);

        Assert.Equal([scratch["se.img"]], Directory.GetFiles(scratch.Path));
    }

    [Fact]
    public async Task Two_runs_for_one_output_do_not_mix()
    {
        using ScratchFolder scratch = new();
        await using FileStream other = new(scratch["se.img.part"], FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);

        Assert.Equal("IFS303", await FailAsync(await Requests.FullAsync(scratch["se.img"]), null));
        Assert.True(File.Exists(scratch["se.img.part"]));
    }

    [Fact]
    public async Task A_cancelled_run_leaves_nothing()
    {
        using ScratchFolder scratch = new();
        using CancellationTokenSource cancel = new();
        SecureImageWriter writer = new(RandomSource.System) { Observer = new CallbackObserver { WhileWriting = cancel.Cancel } };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await writer.WriteAsync(await Requests.FullAsync(scratch["se.img"]), cancel.Token));

        Assert.Empty(Directory.GetFiles(scratch.Path));
    }

    [Fact]
    public async Task An_input_that_shrinks_is_noticed()
    {
        using ScratchFolder scratch = new();
        byte[] kernel = Requests.Kernel(16 << 20, new Random(1));
        await File.WriteAllBytesAsync(scratch["kernel"], kernel, TestContext.Current.CancellationToken);
        SecureImageRequest request = await Requests.FullAsync(scratch["se.img"]) with { Kernel = ComponentSource.File(scratch["kernel"]) };
        CallbackObserver observer = new() { WhileWriting = () => Truncate(scratch["kernel"]) };

        Assert.Equal("IFS222", await FailAsync(request, observer));
        Assert.Equal([scratch["kernel"]], Directory.GetFiles(scratch.Path));
    }

    [Fact]
    public async Task No_space_is_told_before_anything_is_written()
    {
        using ScratchFolder scratch = new();
        await using (FileStream huge = File.Create(scratch["ramdisk"]))
            huge.SetLength(8L << 40);
        SecureImageRequest request = await Requests.FullAsync(scratch["se.img"]) with { Ramdisk = ComponentSource.File(scratch["ramdisk"]) };

        Assert.Equal("IFS304", await FailAsync(request, null));
        Assert.Equal([scratch["ramdisk"]], Directory.GetFiles(scratch.Path));
    }

    [Fact]
    [Trait("needs", "root")]
    public async Task A_disk_that_fills_up_meanwhile_is_told_and_nothing_is_left()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "a small file system of its own needs root");
        using ScratchFolder scratch = new();
        (int exit, string output) = await Programs.RunAsync("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", scratch.Path);
        Assert.SkipUnless(exit == 0, $"a small file system cannot be mounted here: {output}");
        try
        {
            SecureImageRequest request = await Requests.FullAsync(scratch["se.img"]) with { Ramdisk = ComponentSource.Bytes("ramdisk", new byte[4 << 20]) };
            CallbackObserver observer = new() { WhileWriting = () => FillUp(scratch["filler"]) };

            string code = await FailAsync(request, observer);

            Assert.Equal("IFS304", code);
            Assert.Equal([scratch["filler"]], Directory.GetFiles(scratch.Path));
        }
        finally
        {
            await Programs.RunAsync("umount", scratch.Path);
        }
    }

    [Theory]
    [InlineData("1f8b0800", "IFS216")]
    [InlineData("fd377a585a00", "IFS216")]
    [InlineData("28b52ffd", "IFS216")]
    [InlineData("4d5a9000", "IFS216")]
    [InlineData("7f454c46", "IFS215")]
    public async Task A_kernel_of_another_form_is_named(string startHex, string code)
    {
        using ScratchFolder scratch = new();
        SecureImageRequest request = await Requests.FullAsync(scratch["se.img"]) with { Kernel = ComponentSource.Bytes("kernel", Convert.FromHexString(startHex)) };

        Assert.Equal(code, await FailAsync(request, null));
    }

    private static void FillUp(string path)
    {
        try
        {
            using FileStream filler = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            filler.Seek(0, SeekOrigin.End);
            for (int i = 0; i < 2048; i++)
                filler.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // Full, as wanted.
        }
    }

    private static void Truncate(string path)
    {
        // Through a handle of its own: the reader shares reading only, which is advisory on Linux and would refuse this on Windows.
        if (new FileInfo(path).Length > 100_000)
            Process.Truncate(path, 100_000);
    }

    private static async Task<string> FailAsync(SecureImageRequest request, IWriteObserver? observer)
    {
        FactoryException exception = await Assert.ThrowsAsync<FactoryException>(
            () => new SecureImageWriter(RandomSource.System) { Observer = observer }.WriteAsync(request, TestContext.Current.CancellationToken));
        return Assert.Single(exception.Faults).Code;
    }

    private static class Process
    {
        public static void Truncate(string path, long length)
        {
            using System.Diagnostics.Process truncate = System.Diagnostics.Process.Start("truncate", ["-s", $"{length}", path]);
            truncate.WaitForExit();
        }
    }
}
