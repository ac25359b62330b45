using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Commands;
using ImageFactory.SecureExecution.Tests.Support;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Tests.Writing;

/// <summary>Images of the real pvimg, made with fixed random values: ours must be the same bytes.</summary>
public sealed class GoldenCaseTests
{
    public static TheoryData<string> Cases { get; } = ["c01-min", "c02-full", "c03-aligned", "c04-cmdline-nul", "c05-empty", "c06-noenc", "c07-flags", "c09-xflags", "c13-verified"];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_image_is_the_same_as_pvimgs_byte_for_byte(string name)
    {
        using ScratchFolder scratch = new();

        await CreateAsync(name, scratch["se.img"], loaders: null);

        byte[] expected = Vectors.SeBytes("cases", name, "se.img");
        byte[] actual = await File.ReadAllBytesAsync(scratch["se.img"], TestContext.Current.CancellationToken);
        Assert.Equal(expected.Length, actual.Length);
        Assert.Equal(-1, FirstDifference(expected, actual));
        Assert.False(File.Exists(scratch["se.img.part"]));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_header_is_what_pvextract_hdr_takes_out(string name)
    {
        using ScratchFolder scratch = new();

        using SecureImageResult result = await CreateAsync(name, scratch["se.img"], loaders: null);

        Assert.Equal(Vectors.SeBytes("cases", name, "sehdr.bin"), result.Header.Bytes.ToArray());
    }

    [Fact]
    [Trait("needs", "s390-tools")]
    public async Task With_the_real_loaders_the_image_is_pvimgs_too()
    {
        string folder = RealLoaders.NeedGolden();
        using ScratchFolder scratch = new();

        await CreateAsync("c12-real", scratch["se.img"], folder);

        string expected = (await File.ReadAllTextAsync(Vectors.Se("cases", "c12-real", "se.img.sha256"), TestContext.Current.CancellationToken)).Trim()[..64];
        Assert.Equal(new Sha256(expected), await Sha256.OfFileAsync(scratch["se.img"], TestContext.Current.CancellationToken));
    }

    internal static async Task<SecureImageResult> CreateAsync(string name, string output, string? loaders)
    {
        JsonElement trace = Vectors.Json(Vectors.Se("cases", name, "trace.json"));
        string text = await File.ReadAllTextAsync(Vectors.Se("cases", name, "args.txt"), TestContext.Current.CancellationToken);
        List<string> arguments = GoldenArguments.Resolve(text.Trim().Replace("<s390-tools loaders>", "LOADERS", StringComparison.Ordinal), output, loaders);
        FixedRandom random = FixedRandom.ForCase(trace, arguments.Contains("--cck"), arguments.Contains("--hdr-key"));
        return await new CreateCommand(FixedTime.Usual, random).RunAsync(CreateArguments.Parse(arguments), [], TestContext.Current.CancellationToken);
    }

    private static int FirstDifference(byte[] expected, byte[] actual)
    {
        int same = expected.AsSpan().CommonPrefixLength(actual);
        return same == expected.Length ? -1 : same;
    }
}
