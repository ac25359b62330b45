using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Tests;

public sealed class RuleTests : IDisposable
{
    private readonly RecipeFolder folder = new();

    [Theory]
    [InlineData("name: Podvm", "IFR301")]
    [InlineData("name: -podvm", "IFR301")]
    [InlineData("name: podvm.", "IFR301")]
    [InlineData("name: ''", "IFR301")]
    [InlineData("name: a/b", "IFR301")]
    [InlineData("name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "IFR301")]
    [InlineData("description: \"two\\nlines\"", "IFR302")]
    [InlineData("base.suite: Trixie", "IFR303")]
    [InlineData("base.components: [main, 'non free']", "IFR303")]
    [InlineData("base.packages: [Systemd]", "IFR304")]
    [InlineData("base.packages: [a]", "IFR304")]
    [InlineData("base.packages: ['systemd=257']", "IFR304")]
    [InlineData("base.packages: ['--option']", "IFR304")]
    [InlineData("base.kernel: linux image", "IFR304")]
    [InlineData("base.initrd.modules: ['../x']", "IFR305")]
    [InlineData("base.initrd.drivers: ['a b']", "IFR305")]
    [InlineData("base.mirror: mirror.example", "IFR306")]
    [InlineData("base.mirror: ftp://mirror.example/debian", "IFR306")]
    [InlineData("base.mirror: 'https://mirror.example/debian x'", "IFR306")]
    [InlineData("base.securityMirror: https://me:secret@example.org/", "IFR307")]
    [InlineData("publish: [{ kind: libvirt, uri: 'qemu+ssh://me:secret@host/system', pool: p }]", "IFR390")]
    [InlineData("base.exclude: [usr/share/doc]", "IFR308")]
    [InlineData("system.files: [{ path: /etc/x, content: a, mode: '888' }]", "IFR310")]
    [InlineData("system.files: [{ path: /etc/x, content: a, mode: 00644 }]", "IFR310")]
    [InlineData("system.files: [{ path: /etc/x, content: a, mode: rw-r--r-- }]", "IFR310")]
    [InlineData("system.files: [{ path: /etc/x }]", "IFR331")]
    [InlineData("system.files: [{ path: /etc/x, content: a, source: a.yaml }]", "IFR331")]
    [InlineData("system.files: [{ path: /etc/x, content: a }, { path: /etc/x, content: b }]", "IFR332")]
    [InlineData("payload: [{ kind: directory, path: ., into: opt }]", "IFR308")]
    [InlineData("payload: [{ kind: directory, path: ., modes: { bin/x: '0755' } }]", "IFR308")]
    [InlineData("payload: [{ kind: directory, path: ., modes: { /bin/x: '9' } }]", "IFR310")]
    [InlineData("payload: [{ kind: archive, path: a.yaml, inside: ../x }]", "IFR309")]
    [InlineData("payload: [{ kind: archive, path: a.yaml, sha256: abc }]", "IFR311")]
    [InlineData("payload: [{ kind: archive, path: nowhere.tar }]", "IFR211")]
    [InlineData("payload: [{ kind: directory, path: nowhere }]", "IFR212")]
    [InlineData("payload: [{ kind: archive, path: . }]", "IFR213")]
    [InlineData("payload: [{ kind: directory, path: a.yaml }]", "IFR214")]
    [InlineData("payload: [{ kind: directory, path: '' }]", "IFR209")]
    [InlineData("payload: [{ kind: directory, path: \"a\\0b\" }]", "IFR210")]
    [InlineData("payload: [{ kind: directory, path: . }, ]\ndisk: ~\nsystem.units.enable: [~]", "IFR207")]
    [InlineData("payload: [{ path: . }]", "IFR202")]
    [InlineData("payload: [{ kind: directory }]", "IFR202")]
    [InlineData("payload: [{ kind: tarball, path: . }]", "IFR205")]
    [InlineData("agentPolicy: { preset: coco, base64: cGFja2FnZQo= }", "IFR330")]
    [InlineData("agentPolicy: { base64: cGFja2FnZQo }", "IFR312")]
    [InlineData("agentPolicy: { base64: 'cGFj a2FnZQo=' }", "IFR312")]
    [InlineData("agentPolicy: { base64: cGFja2FnZQp= }", "IFR312")]
    [InlineData("agentPolicy: { base64: cGFja2FnZQo_ }", "IFR312")]
    [InlineData("agentPolicy: { base64: '' }", "IFR312")]
    [InlineData("agentPolicy: { kata: latest }", "IFR313")]
    [InlineData("agentPolicy: { kata: 4 }", "IFR313")]
    [InlineData("agentPolicy: { kata: 4.1-rc0 }", "IFR313")]
    [InlineData("agentPolicy: { preset: cocoo }", "IFR204")]
    [InlineData("agentPolicy: { file: policy.rego }", "IFR211")]
    [InlineData("system.units: { enable: [kata-agent] }", "IFR314")]
    [InlineData("system.units: { mask: [../x.service] }", "IFR314")]
    [InlineData("system.units: { enable: [a.service], mask: [a.service] }", "IFR336")]
    [InlineData("system.kernelArguments: ['a b']", "IFR315")]
    [InlineData("system.kernelArguments: [\"a\\nb\"]", "IFR315")]
    [InlineData("system.kernelArguments: [\"a\\0\"]", "IFR315")]
    [InlineData("system.kernelArguments: ['']", "IFR315")]
    [InlineData("system.kernelArguments: [ä=1]", "IFR316")]
    [InlineData("system.kernelArguments: [roothash=00]", "IFR317")]
    [InlineData("system.kernelArguments: [systemd.verity=0]", "IFR317")]
    [InlineData("system.kernelArguments: [systemd.verity-root-data=/dev/vda]", "IFR317")]
    [InlineData("system.kernelArguments: [rd.systemd.verity=0]", "IFR317")]
    [InlineData("system.kernelArguments: [systemd.volatile=no]", "IFR317")]
    [InlineData("system.kernelArguments: [root=/dev/vda1]", "IFR317")]
    [InlineData("system.authorizedKeys: a.yaml", "IFR333")]
    [InlineData("disk.size: 4GB", "IFR318")]
    [InlineData("disk.size: 4", "IFR318")]
    [InlineData("disk.size: -4GiB", "IFR318")]
    [InlineData("disk.size: 4.5GiB", "IFR318")]
    [InlineData("disk.size: 1MiB", "IFR319")]
    [InlineData("disk.size: 0GiB", "IFR319")]
    [InlineData("disk.size: 9223372036854775807TiB", "IFR319")]
    [InlineData("disk.size: 99999999999999999999TiB", "IFR318")]
    [InlineData("bootCheck.memory: 1", "IFR206")]
    [InlineData("bootCheck.timeLimit: 99999999999", "IFR206")]
    [InlineData("bootCheck.timeLimit: 99999999999999999999", "IFR203")]
    [InlineData("sourceDateEpoch: 0", "IFR206")]
    [InlineData("base.security: yes", "IFR203")]
    [InlineData("base.security: 'true'", "IFR203")]
    [InlineData("architecture: s390x", "IFR339")]
    [InlineData("architecture: amd64", "IFR204")]
    [InlineData("base.kernel: linux-image-s390x", "IFR339")]
    [InlineData("secureBoot: { key: a.yaml, certificate: a.yaml }\narchitecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []", "IFR340")]
    [InlineData("secureExecution: { hostKeys: [a.yaml], verify: false }", "IFR348")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: [], verify: false }", "IFR343")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: ['hkd/*.crt'], verify: false }", "IFR215")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: ['?/x.crt'], verify: false }", "IFR216")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: [nowhere.crt], verify: false }", "IFR211")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: [a.yaml, '*.yaml'], verify: false }", "IFR345")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: [a.yaml], signingKey: a.yaml, crls: [a.yaml] }", "IFR346")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: [a.yaml], signingKey: a.yaml, intermediate: a.yaml }", "IFR347")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: [a.yaml], verify: false }\ndisk.integrity: verity", "IFR349")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: [a.yaml], verify: false, keys: a.yaml }", "IFR214")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: [a.yaml], verify: false, loaders: a.yaml }", "IFR214")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: ['-----BEGIN CERTIFICATE-----*'], verify: false }", "IFR210")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { verify: false }", "IFR202")]
    [InlineData("signing: { passwordFile: a.yaml }", "IFV001")]
    [InlineData("signing: { key: a.yaml, token: 'pkcs11:token=a' }", "IFV001")]
    [InlineData("signing: { token: 'file:a' }", "IFV002")]
    [InlineData("signing: { token: 'pkcs11:token=my token' }", "IFV002")]
    [InlineData("signing: { token: 'pkcs11:token=a?pin-value=1234' }", "IFV003")]
    [InlineData("signing: { key: nowhere.key }", "IFR211")]
    public void A_wrong_value_is_refused(string lines, string code)
    {
        IReadOnlyList<Fault> faults = folder.FaultsOf(Recipe(lines));

        Fault error = Assert.Single(faults, f => f.Severity == Severity.Error);
        Assert.Equal(code, error.Code);
        Assert.StartsWith("a.yaml:", error.Where, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
    }

    [Theory]
    [InlineData("name: a")]
    [InlineData("name: podvm-rhel9.4")]
    [InlineData("base.mirror: file:///srv/debian")]
    [InlineData("base.packages: [libstdc++6, g++, 0ad]")]
    [InlineData("base.components: [main, non-free-firmware]")]
    [InlineData("base.exclude: [/usr/share/doc, '/usr/share/a b', '/usr/share/locale/*']")]
    [InlineData("disk.size: 64MiB")]
    [InlineData("disk.size: 64TiB")]
    [InlineData("agentPolicy: { base64: cGFja2FnZQo= }")]
    [InlineData("agentPolicy: { kata: 3.30 }")]
    [InlineData("agentPolicy: { kata: '3.30.1' }")]
    [InlineData("system.units: { enable: ['getty@tty1.service', 'dev-disk-by\\x2dlabel-x.swap', -.mount] }")]
    [InlineData("system.kernelArguments: [panic=-1, 'dyndbg=\"+p\"', systemd.unit=rescue.target]")]
    [InlineData("system.files: [{ path: /etc/x, content: '' }, { path: /etc/y, source: a.yaml, mode: 4755 }]")]
    [InlineData("payload: [{ kind: archive, path: a.yaml, inside: ./usr/bin/, into: /opt/ }]")]
    [InlineData("sourceDateEpoch: 1700000000")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: ['*.yaml'], signingKey: a.yaml, intermediate: a.yaml, crls: ['?.yaml'], root: verity, keys: not-there-yet }")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: [a.yaml], signingKey: a.yaml, intermediate: a.yaml, online: true }")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: [a.yaml], verify: false }")]
    public void A_right_value_is_taken(string lines) => Assert.Empty(folder.LoadText(Recipe(lines)).Warnings);

    [Theory]
    [InlineData("disk.integrity: none", "IFR337")]
    [InlineData("disk: { root: ext4, rootCompression: zstd }", "IFR338")]
    [InlineData("disk: { format: raw, compression: zlib }", "IFR338")]
    [InlineData("system: { ssh: debug, authorizedKeys: a.yaml }", "IFR335")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x", "IFR341")]
    [InlineData("system.kernelArguments: [console=ttysclp0]", "IFR341")]
    [InlineData("base.packages: [systemd, udev, systemd]", "IFR342")]
    [InlineData("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: [a.yaml], verify: false, rootCa: a.yaml }", "IFR338")]
    public void What_is_unwise_is_a_warning(string lines, string code)
    {
        Fault warning = Assert.Single(folder.LoadText(Recipe(lines)).Warnings);

        Assert.Equal((code, Severity.Warning), (warning.Code, warning.Severity));
    }

    [Fact]
    public void A_pattern_stands_for_its_files_in_the_order_of_their_names()
    {
        foreach (string file in (string[])["hkd/b.crt", "hkd/a.crt", "hkd/.hidden.crt", "hkd/a.key", "hkd/below/c.crt"])
            folder.Write(file, "x");

        Recipe recipe = folder.LoadText(Recipe("architecture: s390x\nbase.kernel: linux-image-s390x\nsystem.kernelArguments: []\nsecureExecution: { hostKeys: [a.yaml, 'hkd/*.crt'], verify: false }")).Recipe;

        Assert.Equal(["a.yaml", "hkd/a.crt", "hkd/b.crt"], recipe.SecureExecution!.HostKeys.Select(k => k.Text));
        Assert.Equal(Path.Combine(folder.Path, "hkd", "b.crt"), recipe.SecureExecution.HostKeys[2].FullPath);
    }

    [Fact]
    public void A_debug_image_needs_keys_to_be_of_use()
    {
        IReadOnlyList<Fault> faults = folder.FaultsOf(Recipe("system.ssh: debug"));

        Assert.Equal(["IFR334", "IFR335"], faults.Select(f => f.Code).Order());
    }

    [Fact]
    public void A_missing_file_is_a_missing_input()
    {
        folder.Write("a.yaml", Recipe("agentPolicy: { file: policy.rego }"));

        Assert.Equal(ExitCode.MissingInput, Assert.Throws<FactoryException>(() => folder.Load("a.yaml")).ExitCode);
    }

    [Theory]
    [InlineData("secureBoot: { key: \"-----BEGIN PRIVATE KEY-----\\nMIIEv\", certificate: a.yaml }")]
    [InlineData("secureBoot: { key: -----BEGIN PRIVATE KEY----- MIIEv, certificate: a.yaml }")]
    [InlineData("disk.size: \"-----BEGIN PRIVATE KEY-----\\nMIIEv\"")]
    [InlineData("base.mirror: https://me:MIIEv@example.org/")]
    [InlineData("system.kernelArguments: \"-----BEGIN PRIVATE KEY----- MIIEv\"")]
    public void Key_material_never_reaches_a_message(string lines)
    {
        folder.Write("a.yaml", Recipe(lines));

        FactoryException refused = Assert.Throws<FactoryException>(() => folder.Load("a.yaml"));

        Assert.DoesNotContain("MIIEv", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_faulty_value_draws_no_further_faults_after_it()
    {
        Assert.Equal("IFR204", folder.FaultOf(Recipe("architecture: s39x\nbase.kernel: linux-image-s390x")).Code);
    }

    [Fact]
    public void A_number_keeps_the_form_it_was_written_in()
    {
        Recipe recipe = folder.LoadText(Recipe("agentPolicy: { kata: 3.30 }\nsystem.files: [{ path: /etc/x, content: 0x10, mode: 0600 }]")).Recipe;

        Assert.Equal(("3.30", "0x10", "0600"), (recipe.AgentPolicy.Kata, recipe.System.Files[0].Content, recipe.System.Files[0].Mode));
    }

    public void Dispose() => folder.Dispose();

    /// <summary>The smallest recipe with some keys set; <c>a.b.c: value</c> stands for groups in each other.</summary>
    private static string Recipe(string lines)
    {
        Dictionary<string, string> top = new() { ["name"] = "podvm" };
        List<string> inBase = ["kind: debian"];
        foreach (string line in lines.Split('\n'))
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            string[] path = line[..colon].Split('.');
            string value = path[1..].Reverse().Aggregate(line[(colon + 2)..], (inner, key) => $"{{ {key}: {inner} }}");
            if (path[0] == "base")
                inBase.Add(value[2..^2]);
            else
                top[path[0]] = value;
        }

        return string.Concat(top.Select(e => $"{e.Key}: {e.Value}\n")) + $"base: {{ {string.Join(", ", inBase)} }}\n";
    }
}
