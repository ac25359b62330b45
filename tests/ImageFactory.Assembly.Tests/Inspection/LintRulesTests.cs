using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.Inspection;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.Inspection;

public sealed class LintRulesTests
{
    private static readonly Dictionary<string, Func<RootReport, RootReport>> Breach = new()
    {
        ["IFA901 a user with a password"] = r => r with { OpenUsers = ["peerpod"] },
        ["IFA902 an authorized key"] = r => r with { AuthorizedKeys = ["/root/.ssh/authorized_keys"] },
        ["IFA903 an ssh server"] = r => r with { SshUnit = "ssh.service" },
        ["IFA904 a machine id"] = r => r with { HasEmptyMachineId = false },
        ["IFA908 a measuring unit"] = r => r with { MeasuringUnits = ["systemd-pcrphase.service"] },
        ["IFA909 an autologin"] = r => r with { Autologins = ["serial-getty@.service"] },
        ["IFA910 no policy"] = r => r with { Policy = null, PolicyPath = null },
        ["IFA914 a host key"] = r => r with { HostKeys = ["/etc/ssh/ssh_host_rsa_key"] },
        ["IFA917 cloud-init"] = r => r with { HasCloudInit = true },
    };

    public static TheoryData<string> Breaches => [.. Breach.Keys];

    [Fact]
    public void A_safe_image_breaks_no_rule()
    {
        Assert.Empty(LintRules.Check(Reports.Safe()));
    }

    [Theory]
    [MemberData(nameof(Breaches))]
    public void A_root_file_system_that_breaks_a_rule_is_told(string breach)
    {
        ImageReport safe = Reports.Safe();

        Fault fault = Assert.Single(LintRules.Check(safe with { Root = Breach[breach](safe.Root!) }));

        Assert.Equal((breach[..6], "podvm.qcow2"), (fault.Code, fault.Where));
    }

    [Fact]
    public void A_root_that_is_not_bound_to_the_command_line_is_told()
    {
        ImageReport safe = Reports.Safe();
        Sha256 other = Sha256.Of("other");

        Assert.Equal(["IFA905"], Codes(safe with { Verity = null }));
        Assert.Equal(["IFA905"], Codes(safe with { Verity = safe.Verity! with { OnCommandLine = null } }));
        Assert.Equal(["IFA906"], Codes(safe with { Verity = safe.Verity! with { OfData = other } }));
        Assert.Equal(["IFA906"], Codes(safe with { Verity = safe.Verity! with { OfStoredTree = other } }));
        Assert.Equal(["IFA915"], Codes(safe with { Verity = safe.Verity! with { IdsMatch = false } }));
    }

    [Fact]
    public void Exactly_one_kernel_can_be_reached()
    {
        ImageReport safe = Reports.Safe();

        Assert.Equal(["IFA907"], Codes(safe with { Programs = [] }));
        Assert.Equal(["IFA907"], Codes(safe with { Programs = [Reports.Uki("a"), Reports.Uki("b")] }));
    }

    [Theory]
    [InlineData("init=/bin/sh")]
    [InlineData("rd.break")]
    [InlineData("systemd.debug_shell=ttyS0")]
    [InlineData("systemd.verity=0")]
    [InlineData("emergency")]
    public void An_argument_that_opens_the_system_is_told(string argument)
    {
        ImageReport safe = Reports.Safe();
        UkiReport uki = safe.Programs[0] with { CommandLine = safe.Programs[0].CommandLine + " " + argument };

        Assert.Equal(["IFA916"], Codes(safe with { Programs = [uki] }));
    }

    [Theory]
    [InlineData(AgentPolicyPreset.Coco, false, false)]
    [InlineData(AgentPolicyPreset.DenyAllButSetPolicy, false, false)]
    [InlineData(AgentPolicyPreset.AllowAllExceptExec, false, true)]
    [InlineData(AgentPolicyPreset.AllowAll, true, true)]
    public void A_policy_that_allows_more_than_coco_is_told_call_by_call(AgentPolicyPreset preset, bool exec, bool output)
    {
        ImageReport safe = Reports.Safe();
        RootReport root = safe.Root! with { Policy = PolicyInspector.Inspect(preset, "4.1", isMeasured: true) };

        IReadOnlyList<Fault> faults = LintRules.Check(safe with { Root = root });

        Assert.All(faults, f => Assert.Equal("IFA912", f.Code));
        Assert.Equal(exec, faults.Any(f => f.Message.Contains("ExecProcessRequest", StringComparison.Ordinal)));
        Assert.Equal(output, faults.Any(f => f.Message.Contains("ReadStreamRequest", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_policy_with_errors_is_told_with_them()
    {
        ImageReport safe = Reports.Safe();
        RootReport root = safe.Root! with { Policy = PolicyInspector.Inspect("x.rego", "package other\n"u8, "4.1", isMeasured: true) };

        string[] codes = Codes(safe with { Root = root });

        Assert.Equal("IFA911", codes[0]);
        Assert.True(codes.Length > 1);
    }

    [Fact]
    public void What_could_not_be_read_is_not_called_safe()
    {
        Assert.Equal(["IFA913"], Codes(Reports.Safe() with { Root = null }));
    }

    private static string[] Codes(ImageReport report) => [.. LintRules.Check(report).Select(f => f.Code)];
}
