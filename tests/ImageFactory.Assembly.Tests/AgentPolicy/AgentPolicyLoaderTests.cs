using System.IO.Compression;
using System.Text;
using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Tests.AgentPolicy;

public sealed class AgentPolicyLoaderTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("agent policy ");
    private readonly RecipeOrigins origins = new(new Dictionary<string, string>
    {
        ["agentPolicy"] = "r.yaml:5:1",
        ["agentPolicy.file"] = "r.yaml:6:9",
        ["agentPolicy.base64"] = "r.yaml:7:11",
        ["agentPolicy.kata"] = "r.yaml:8:9",
    });

    public void Dispose() => folder.Delete(true);

    [Fact]
    public async Task Nothing_said_means_coco()
    {
        CheckedPolicy policy = await LoadAsync(new AgentPolicySettings());

        Assert.Equal("preset coco", policy.Name);
        Assert.Contains("default ExecProcessRequest := false\n", policy.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_image_gets_the_file_and_the_agents_name_as_a_relative_link_to_it()
    {
        CheckedPolicy policy = await LoadAsync(new AgentPolicySettings());

        Assert.Collection(
            policy.Files,
            file => Assert.Equal("/etc/kata-opa/coco-default-policy.rego", Assert.IsType<PolicyContent>(file).Path),
            file => Assert.Equal(new PolicyLink("/etc/kata-opa/default-policy.rego", "coco-default-policy.rego"), file));
        Assert.Equal(policy.Digest, Sha256.Of(Assert.IsType<PolicyContent>(policy.Files[0]).Content.Span));
    }

    [Fact]
    public async Task A_file_keeps_every_byte_and_becomes_custom_rego()
    {
        string text = Policies.With("default ExecProcessRequest := false # mine");
        SourcePath file = Write("mine.rego", Encoding.UTF8.GetBytes(text));

        CheckedPolicy policy = await LoadAsync(new AgentPolicySettings { File = file });

        Assert.Equal(text, policy.Text);
        Assert.Equal("custom.rego", policy.FileName);
        Assert.Equal(Sha256.Of(text), policy.Digest);
    }

    [Fact]
    public async Task Base64_of_the_job_is_the_same_policy()
    {
        string text = Policies.With("default ExecProcessRequest := false");

        CheckedPolicy policy = await LoadAsync(new AgentPolicySettings { Base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) });

        Assert.Equal(text, policy.Text);
        Assert.Equal("custom.rego", policy.FileName);
    }

    [Fact]
    public async Task Faults_in_decoded_base64_lead_to_the_recipe()
    {
        string base64 = Convert.ToBase64String("package agent_policy\ndefault ExecProcessRequest = = 1\n"u8);

        Fault fault = await RefusedAsync(new AgentPolicySettings { Base64 = base64 });

        Assert.Equal(("IFG203", "r.yaml:7:11, decoded:2:30"), (fault.Code, fault.Where));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named_with_the_place_that_names_it()
    {
        Fault fault = await RefusedAsync(new AgentPolicySettings { File = new SourcePath("no.rego", Path.Combine(folder.FullName, "no.rego")) });

        Assert.Equal(("IFG101", "r.yaml:6:9", ExitCode.MissingInput), (fault.Code, fault.Where, fault.ExitCode));
    }

    [Fact]
    public async Task A_folder_is_no_policy()
    {
        Fault fault = await RefusedAsync(new AgentPolicySettings { File = new SourcePath(".", folder.FullName) });

        Assert.Equal("IFG101", fault.Code);
    }

    [Fact]
    public async Task A_policy_beyond_the_engines_limit_is_not_read_to_its_end()
    {
        SourcePath file = Write("big.rego", []);
        using (FileStream big = File.OpenWrite(file.FullPath))
            big.SetLength(1L << 34);

        Fault fault = await RefusedAsync(new AgentPolicySettings { File = file });

        Assert.Equal("IFG109", fault.Code);
    }

    [Theory]
    [InlineData("@@@", "IFG102")]
    [InlineData("cGFja2FnZSBh\nZ2VudF9wb2xpY3kK", "IFG103")]
    [InlineData("cGFja2FnZSBh Z2VudF9wb2xpY3kK", "IFG103")]
    public async Task Base64_that_the_job_could_not_use_is_refused(string base64, string code)
    {
        Fault fault = await RefusedAsync(new AgentPolicySettings { Base64 = base64 });

        Assert.Equal((code, "r.yaml:7:11"), (fault.Code, fault.Where));
    }

    [Fact]
    public async Task Gzip_is_named()
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionMode.Compress, true))
            gzip.Write("package agent_policy\n"u8);

        Fault fault = await RefusedAsync(new AgentPolicySettings { File = Write("p.rego.gz", packed.ToArray()) });

        Assert.Equal("IFG104", fault.Code);
    }

    [Theory]
    [InlineData("algorithm = \"sha384\"\nversion = \"0.1.0\"\n\n[data]\n\"policy.rego\" = '''\npackage agent_policy\n'''\n", "IFG105")]
    [InlineData("# mine\n\nversion = \"0.1.0\"\n", "IFG105")]
    [InlineData("\uFEFFpackage agent_policy\n", "IFG106")]
    [InlineData("package agent_policy\r\ndefault ExecProcessRequest := false\r\n", "IFG107")]
    [InlineData("cGFja2FnZSBhZ2VudF9wb2xpY3kKCmRlZmF1bHQg\nRXhlY1Byb2Nlc3NSZXF1ZXN0IDo9IGZhbHNlCg==\n", "IFG113")]
    public async Task What_is_given_instead_of_rego_is_named(string content, string code)
    {
        Fault fault = await RefusedAsync(new AgentPolicySettings { File = Write("p.rego", Encoding.UTF8.GetBytes(content)) });

        Assert.Equal(code, fault.Code);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_named()
    {
        Fault fault = await RefusedAsync(new AgentPolicySettings { File = Write("p.rego", [0x70, 0xC3, 0x28, 0x00]) });

        Assert.Equal("IFG108", fault.Code);
    }

    [Theory]
    [InlineData("latest", "IFG121")]
    [InlineData("4", "IFG121")]
    [InlineData("4.1.0.1", "IFG121")]
    [InlineData("99999999999.1", "IFG121")]
    [InlineData("3.2", "IFG122")]
    [InlineData("2.5.1", "IFG122")]
    public async Task A_release_without_policies_is_refused_where_it_is_written(string kata, string code)
    {
        Fault fault = await RefusedAsync(new AgentPolicySettings { Kata = kata });

        Assert.Equal((code, "r.yaml:8:9"), (fault.Code, fault.Where));
    }

    [Fact]
    public async Task Two_sources_and_a_wrong_release_are_told_together()
    {
        AgentPolicySettings settings = new() { Preset = AgentPolicyPreset.Coco, Base64 = "", Kata = "latest" };

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => LoadAsync(settings));

        Assert.Equal(["IFG121", "IFG112"], refused.Faults.Select(fault => fault.Code));
    }

    [Fact]
    public async Task All_faults_of_a_policy_are_told_together()
    {
        SourcePath file = Write("p.rego", "package policy\nExecProcesRequest { true }\ndefault X := glob.match(\"a\", [], \"b\")\n"u8.ToArray());

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => LoadAsync(new AgentPolicySettings { File = file }));

        Assert.Superset(
            new HashSet<string> { "IFG301", "IFG302", "IFG303", "IFG311", "IFG341" },
            refused.Faults.Select(fault => fault.Code).ToHashSet());
    }

    private Task<CheckedPolicy> LoadAsync(AgentPolicySettings settings) =>
        new AgentPolicyLoader(settings, origins, false).LoadAsync(TestContext.Current.CancellationToken);

    private async Task<Fault> RefusedAsync(AgentPolicySettings settings)
    {
        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => LoadAsync(settings));
        return refused.Faults[0];
    }

    private SourcePath Write(string name, byte[] content)
    {
        string path = Path.Combine(folder.FullName, name);
        File.WriteAllBytes(path, content);
        return new SourcePath(name, path);
    }
}
