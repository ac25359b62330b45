using ImageFactory.Model;
using ImageFactory.SecureExecution.Commands;

namespace ImageFactory.SecureExecution.Tests.Commands;

public sealed class CreateArgumentsTests
{
    private static readonly string[] Minimum = ["-i", "kernel", "-o", "se.img", "-k", "a.crt", "--no-verify"];

    [Fact]
    public void Short_long_and_joined_forms_mean_the_same()
    {
        CreateArguments parsed = CreateArguments.Parse(
            ["--image=k", "-r", "initrd", "--parmfile", "p", "--output=se.img", "-k", "a.crt,b.crt", "--host-key-document=c.crt", "--crt", "s.crt", "--crl", "l.crl", "--root-ca=r.crt"]);

        Assert.Equal(("k", "initrd", "p", "se.img"), (parsed.Kernel, parsed.Ramdisk, parsed.CommandLine, parsed.Output));
        Assert.Equal(["a.crt", "b.crt", "c.crt"], parsed.HostKeys.HostKeys);
        Assert.Equal(["s.crt"], parsed.HostKeys.Certificates);
        Assert.Equal("r.crt", parsed.HostKeys.RootCa);
        Assert.True(parsed.HostKeys.Verify);
    }

    [Fact]
    public void Nothing_is_fetched_unless_it_is_asked_for()
    {
        Assert.False(CreateArguments.Parse(Minimum).HostKeys.Online);
        Assert.True(CreateArguments.Parse([.. Minimum, "--online"]).HostKeys.Online);
        Assert.Equal(["IFS257"], Fail([.. Minimum, "--online", "--offline"]));
    }

    [Fact]
    public void All_faults_come_at_once()
    {
        IEnumerable<string> codes = Fail(["--x-pcf", "12345678901234567", "--x-psw", "here", "--enable-dump", "--frobnicate", "--cck"]);

        Assert.Equal(
            ["IFS130", "IFS131", "IFS201", "IFS202", "IFS206", "IFS223", "IFS251", "IFS252", "IFS254", "IFS254"],
            codes.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("IFS205", "--disable-image-encryption", "--image-key", "k")]
    [InlineData("IFS204", "--enable-cck-extension-secret", "--enable-cck-update", "--cck", "c")]
    [InlineData("IFS253", "-i", "another")]
    [InlineData("IFS201", "--x-scf", "0", "--disable-cck-update")]
    public void What_excludes_each_other_is_refused(string code, params string[] more) => Assert.Equal([code], Fail([.. Minimum, .. more]));

    private static IEnumerable<string> Fail(IReadOnlyList<string> arguments) =>
        Assert.Throws<FactoryException>(() => CreateArguments.Parse(arguments)).Faults.Select(f => f.Code);
}
