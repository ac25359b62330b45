using ImageFactory.Build.CommandLine;
using ImageFactory.Build.Composition;
using ImageFactory.Model;
using ImageFactory.SecureExecution.HostKeys;

namespace ImageFactory.Build.Tests.CommandLine;

/// <summary>From words to what the Secure Execution library is asked.</summary>
public sealed class SecureExecutionCallTests
{
    [Theory]
    [InlineData("-i k -r r -p p -o out -k a.crt -k b.crt -C s.crt --crl x.crl")]
    [InlineData("--image k --ramdisk=r --parmfile p --output out --host-key-document a.crt,b.crt --crt s.crt --crl x.crl")]
    public void Pvimgs_names_mean_what_they_mean_there(string words)
    {
        SeCreateCall call = SecureExecutionCalls.CreateOf(Parse("se create " + words));

        Assert.Equal(("k", "r", "p", "out"), (call.Arguments.Kernel, call.Arguments.Ramdisk, call.Arguments.CommandLine, call.Arguments.Output));
        HostKeySettings keys = call.Arguments.HostKeys;
        Assert.Equal(["a.crt", "b.crt"], keys.HostKeys);
        Assert.Equal(["s.crt"], keys.Certificates);
        Assert.Equal(["x.crl"], keys.Crls);
        Assert.True(keys.Verify);
        Assert.False(keys.Online);
    }

    [Fact]
    public void Flags_and_places_for_keys_are_understood()
    {
        SeCreateCall call = SecureExecutionCalls.CreateOf(Parse(
            "se create -i k -o out -k a --no-verify --cck c --enable-dump --disable-pckmo --save-hdr-key h --save-image-key i --save-cck s --json"));

        Assert.True(call.Arguments.ControlFlags.Dump);
        Assert.False(call.Arguments.ControlFlags.Pckmo);
        Assert.Equal(("s", "h", "i"), (call.CckFile, call.HeaderKeyFile, call.ImageKeyFile));
    }

    [Fact]
    public void What_is_missing_comes_all_at_once()
    {
        FactoryException refused = Assert.Throws<FactoryException>(() => SecureExecutionCalls.CreateOf(Parse("se create --enable-dump --online --offline")));

        Assert.Equal(ExitCode.Usage, refused.Faults[0].ExitCode);
        Assert.Equal(["IFS254", "IFS254", "IFS131", "IFS130", "IFS257"], refused.Faults.Select(f => f.Code).Take(5));
    }

    [Theory]
    [InlineData("se trustee-bundle x", "IFH012 IFH012")]
    [InlineData("se refvalues x --form yaml --expires soon --trustee old", "IFH008 IFH008 IFH008")]
    [InlineData("se info x --kernel=y", "IFH001")]
    [InlineData("hkd check --crt a", "IFH009")]
    [InlineData("build -k=x", "IFH001")]
    public void Wrong_words_are_faults(string words, string codes) =>
        Assert.Equal(codes, string.Join(' ', CommandLineParser.Parse(words.Split(' ')).Faults.Select(f => f.Code)));

    [Fact]
    public void The_output_of_a_build_is_still_a_folder()
    {
        Assert.Empty(CommandLineParser.Parse(["build", "--output", "out"]).Faults);
        Assert.Equal("out", Parse("build --output out").ValueOf(Options.Output));
    }

    private static Invocation Parse(string words)
    {
        ParsedCommandLine parsed = CommandLineParser.Parse(words.Split(' '));
        Assert.Empty(parsed.Faults);
        return parsed.Invocation!;
    }
}
