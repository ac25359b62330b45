using System.Buffers.Binary;
using System.Text.Json;
using ImageFactory.Build.CommandLine;
using ImageFactory.Build.Composition;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;

namespace ImageFactory.Build.Tests.Composition;

/// <summary>The verbs about Secure Execution on images that pvimg made and certificates of s390-tools' own tests.</summary>
public sealed class SecureExecutionAnswerTests
{
    private const string Tag = "1b901801ed8cb5ce44fe3f79a98ca44f";
    private const string Phkh = "24933f75ee107c806fe602a7da7b610e54369af96a847f2dcc4fcfdbd81fbc05";

    private static readonly string Verification = $"-C {Se("certs/ibm.crt")},{Se("certs/inter_ca.crt")} --crl {Se("certs/ibm.crl")},{Se("certs/inter_ca.crl")} --root-ca {Se("certs/root_ca.chained.crt")}";

    private readonly ManualTime time = new();

    [Fact]
    public async Task Documents_that_pass_are_shown_with_the_hash_of_their_key()
    {
        Answer answer = await CheckAsync($"hkd check {Se("certs/host.crt")} {Verification}");

        Assert.Equal(ExitCode.Ok, answer.ExitCode);
        Assert.Contains(Phkh, answer.Text, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(answer.Json!());
        Assert.True(json.RootElement.GetProperty("verified").GetBoolean());
        Assert.Equal(Phkh, json.RootElement.GetProperty("documents")[0].GetProperty("phkh").GetString());
    }

    [Fact]
    public async Task Each_document_that_does_not_pass_is_a_fault()
    {
        Answer answer = await CheckAsync($"hkd check {Se("certs/host.crt")} {Se("certs/host_rev.crt")} {Se("certs/host_crt_expired.crt")} {Verification}");

        Assert.Equal(ExitCode.InvalidInput, answer.ExitCode);
        Assert.Equal(["IFS103", "IFS111"], answer.Faults.Where(f => f.Severity == Severity.Error).Select(f => f.Code).Order());
        Assert.Equal(2, answer.Text.Split("REFUSED").Length - 1);
    }

    [Fact]
    public void A_header_is_verified_with_its_key_only()
    {
        Answer without = new SecureImageAnswers(time).Info(SecureExecutionCalls.InfoOf(Parse($"se info {Image}")));
        Answer with = new SecureImageAnswers(time).Info(SecureExecutionCalls.InfoOf(Parse($"se info {Image} --hdr-key {Se("keys/hdr-key.bin")} --show-secrets")));

        JsonElement data = Data(without);
        Assert.False(data.GetProperty("verified").GetBoolean());
        Assert.Equal(Tag, data.GetProperty("tag_hex").GetString());
        Assert.Equal(JsonSerializer.Serialize(Json(File.ReadAllText(Se("cases/c02-full/info-decrypted.json"))).GetProperty("data")), JsonSerializer.Serialize(Data(with)));
    }

    [Theory]
    [InlineData("--hdr-key keys/hdr-key.bin")]
    [InlineData("--host-key certs/host.key")]
    [InlineData("--hdr-key keys/hdr-key.bin -i inputs/kernel-70001.bin -r inputs/initrd-12345.bin -p inputs/cmdline-plain.txt --image-key keys/image-key.bin --x-bootloader-directory loaders")]
    public void An_image_is_proven_by_unpacking_it(string options)
    {
        Answer answer = Verify(options);

        Assert.Empty(answer.Faults);
        Assert.StartsWith("verified", answer.Text.Trim().Split('\n')[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Content_that_is_not_what_was_given_is_a_fault()
    {
        Answer answer = Verify("--hdr-key keys/hdr-key.bin -i inputs/kernel-70001.bin -p inputs/cmdline-plain.txt");

        Assert.Equal(ExitCode.InvalidInput, answer.ExitCode);
        Assert.EndsWith("NOT verified\n", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_questions_are_refused_before_the_image_is_read()
    {
        FactoryException refused = Assert.Throws<FactoryException>(() => Verify("-r inputs/initrd-12345.bin --image-key keys/none"));

        Assert.Equal(["IFH111", "IFH112", "IFH112", "IFS255"], refused.Faults.Select(f => f.Code));
        Assert.Throws<FactoryException>(() => new SecureImageAnswers(time).Info(SecureExecutionCalls.InfoOf(Parse($"se info {Image} --show-secrets"))));
    }

    [Theory]
    [InlineData("lines")]
    [InlineData("sample")]
    [InlineData("rvps")]
    [InlineData("configmap")]
    [InlineData("configmap-encoded")]
    [InlineData("fragment")]
    [InlineData("policy")]
    [InlineData("policy --trustee flat")]
    public void Each_form_has_the_values_of_the_image(string form)
    {
        string text = RefValues($"{Image} --form {form}").Text;

        Assert.Contains(Tag, Decoded(text), StringComparison.Ordinal);
        Assert.Contains(Phkh, Decoded(text), StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_within_a_qcow2_gives_the_same_values()
    {
        using TemporaryFolder folder = new();
        string disk = Path.Combine(folder.Path, "disk.qcow2");
        File.WriteAllBytes(disk, Qcow2Of(File.ReadAllBytes(Image)));

        Assert.Equal(RefValues(Image).Text, RefValues(disk).Text);
    }

    [Fact]
    public async Task A_made_image_is_verified_with_the_key_that_was_saved()
    {
        using TemporaryFolder folder = new();
        string image = Path.Combine(folder.Path, "se.img");
        string key = Path.Combine(folder.Path, "hdr.key");
        string words = $"se create -i {Se("inputs/kernel-70001.bin")} -o {image} -k {Se("certs/host.crt")} {Verification} --x-bootloader-directory {Se("loaders")} --save-hdr-key {key}";

        Answer made = await new HostKeyAnswers(time).CreateAsync(SecureExecutionCalls.CreateOf(Parse(words)), TestContext.Current.CancellationToken);
        Answer verified = SecureImageAnswers.Verify(SecureExecutionCalls.VerifyOf(Parse($"se verify {image} --hdr-key {key}")), TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Ok, made.ExitCode);
        Assert.Empty(verified.Faults);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        Assert.DoesNotContain(Convert.ToHexStringLower(File.ReadAllBytes(key)), made.Text + made.Json!(), StringComparison.OrdinalIgnoreCase);

        string bundle = Path.Combine(folder.Path, "ibmse");
        await new HostKeyAnswers(time).BundleAsync(
            SecureExecutionCalls.BundleOf(Parse($"se trustee-bundle {image} -k {Se("certs/host.crt")} {Verification} -o {bundle}")), TestContext.Current.CancellationToken);
        Assert.Equal(RefValues(image).Text, RefValues(Path.Combine(bundle, "hdr/hdr.bin")).Text);
    }

    [Fact]
    public async Task A_key_replaces_nothing_and_then_there_is_no_image()
    {
        using TemporaryFolder folder = new();
        string key = Path.Combine(folder.Path, "hdr.key");
        File.WriteAllText(key, "mine");
        string words = $"se create -i {Se("inputs/kernel-70001.bin")} -o {Path.Combine(folder.Path, "se.img")} -k {Se("certs/host.crt")} --no-verify --x-bootloader-directory {Se("loaders")} --save-hdr-key {key}";

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(
            () => new HostKeyAnswers(time).CreateAsync(SecureExecutionCalls.CreateOf(Parse(words)), TestContext.Current.CancellationToken));

        Assert.Equal("IFH114", refused.Faults[0].Code);
        Assert.Equal("mine", File.ReadAllText(key));
        Assert.False(File.Exists(Path.Combine(folder.Path, "se.img")));
    }

    private static string Image => Se("cases/c02-full/se.img");

    private static string Se(string path) => Path.Combine(Approved.Root, "tests/ImageFactory.SecureExecution.Tests/Vectors/se", path);

    private static Invocation Parse(string words)
    {
        // A checkout may lie below a folder with spaces in its name.
        IEnumerable<string> arguments = words.Replace(Approved.Root, "@", StringComparison.Ordinal).Split(' ').Select(w => w.Replace("@", Approved.Root, StringComparison.Ordinal));
        ParsedCommandLine parsed = CommandLineParser.Parse([.. arguments]);
        Assert.Empty(parsed.Faults);
        return parsed.Invocation!;
    }

    private Task<Answer> CheckAsync(string words)
    {
        Invocation call = Parse(words);
        return new HostKeyAnswers(time).CheckAsync(SecureExecutionCalls.HostKeysOf(call, call.Operands), TestContext.Current.CancellationToken);
    }

    private static Answer Verify(string options)
    {
        IEnumerable<string> words = options.Split(' ').Select(w => w.Contains('/', StringComparison.Ordinal) || w == "loaders" ? Se(w) : w);
        return SecureImageAnswers.Verify(SecureExecutionCalls.VerifyOf(Parse($"se verify {Image} {string.Join(' ', words)}")), TestContext.Current.CancellationToken);
    }

    private Answer RefValues(string words) => new SecureImageAnswers(time).RefValues(SecureExecutionCalls.RefValuesOf(Parse("se refvalues " + words)));

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static JsonElement Data(Answer answer) => Json(answer.Json!()).GetProperty("data");

    /// <summary>The text and whatever stands in it as base64.</summary>
    private static string Decoded(string text)
    {
        string all = text;
        foreach (string word in text.Split('"', '\n').Where(w => w.Length > 60))
        {
            byte[] bytes = new byte[word.Length];
            if (Convert.TryFromBase64String(word.Replace('-', '+').Replace('_', '/'), bytes, out int count))
                all += System.Text.Encoding.UTF8.GetString(bytes, 0, count);
        }

        return all;
    }

    /// <summary>
    /// A qcow2 of version 2 by its specification: header, one table of each kind, data clusters of 64 KiB in order. Reference counts are left out; no reader asks for them.
    /// </summary>
    private static byte[] Qcow2Of(byte[] content)
    {
        const int Cluster = 1 << 16;
        int clusters = (content.Length + Cluster - 1) / Cluster;
        byte[] file = new byte[(4 + clusters) * Cluster];
        Span<byte> span = file;
        "QFI"u8.CopyTo(span);
        span[3] = 0xfb;
        BinaryPrimitives.WriteInt32BigEndian(span[4..], 2);
        BinaryPrimitives.WriteInt32BigEndian(span[20..], 16);
        BinaryPrimitives.WriteInt64BigEndian(span[24..], (long)clusters * Cluster);
        BinaryPrimitives.WriteInt32BigEndian(span[36..], 1);
        BinaryPrimitives.WriteInt64BigEndian(span[40..], Cluster);
        BinaryPrimitives.WriteInt64BigEndian(span[48..], 3 * Cluster);
        BinaryPrimitives.WriteInt32BigEndian(span[56..], 1);
        BinaryPrimitives.WriteUInt64BigEndian(span[Cluster..], (ulong)(2 * Cluster) | (1UL << 63));
        for (int i = 0; i < clusters; i++)
            BinaryPrimitives.WriteUInt64BigEndian(span[((2 * Cluster) + (8 * i))..], ((ulong)(uint)(4 + i) * Cluster) | (1UL << 63));
        content.CopyTo(span[(4 * Cluster)..]);
        return file;
    }
}
