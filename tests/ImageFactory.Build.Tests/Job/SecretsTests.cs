using System.Text;
using System.Text.Encodings.Web;
using ImageFactory.Model;

namespace ImageFactory.Build.Tests.Job;

/// <summary>Secrets through the whole host, for each provider: whatever a service repeats of what it was sent, nobody can read it afterwards.</summary>
[Trait("needs", "libvirtd, for libvirt")]
public sealed class SecretsTests
{
    /// <summary>Files that a test itself wrote.</summary>
    private static readonly string[] Given = ["kubeconfig", "cluster.crt", "one.raw"];

    public static TheoryData<string, int, bool> Ways => new(
        from provider in (string[])["aws", "azure", "gcp", "oci"]
        from way in ((int, bool)[])[(0, false), (403, false), (500, false), (403, true), (500, true)]
        // Azure's own client waits for minutes before it believes a 500.
        select (provider, provider == "azure" && way.Item1 == 500 ? 501 : way.Item1, way.Item2));

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task No_secret_is_told_to_anybody(string provider, int refusal, bool onlyLast)
    {
        await using JobBench job = await JobBench.StartAsync(provider);
        job.Variables["DEBUG"] = "true";
        (job.Cloud.Line.Refuses, job.Cloud.Line.OnlyLast, job.Cloud.Line.Repeated) = (refusal, onlyLast, job.Cloud.Own);

        ExitCode code = await job.MakeAsync("--log", onlyLast ? "json" : "plain", "--verbose");

        Assert.True(code == ExitCode.Ok == (refusal == 0), job.Everything);
        // What the service said is told, but for the secrets in it.
        if (onlyLast)
            Assert.Contains($"{Eavesdropper.Mark} ***", job.Output + job.Errors, StringComparison.Ordinal);
        AssertNoSecret(job);
    }

    [Fact]
    public async Task Programs_that_go_to_libvirt_are_told_none_either()
    {
        await using JobBench job = await JobBench.StartAsync("libvirt");
        LibvirtJobCloud libvirt = (LibvirtJobCloud)job.Cloud;
        libvirt.GoThroughSsh();
        job.Variables["DEBUG"] = "true";
        job.Variables["LPAR_PSWD"] = libvirt.Secrets[0];

        ExitCode code = await job.RunAsync("create", "--log", "plain");

        Assert.True(code == ExitCode.Ok, job.Everything);
        Assert.Contains("mv -fT", libvirt.SshLog, StringComparison.Ordinal);
        AssertNoSecret(job, libvirt.SshLog);
    }

    [Theory]
    [InlineData("qemu+ssh://somebody:canary-of-libvirt@far.example/session")]
    [InlineData("qemu+ssh://somebody:canary%2Dof%2Dlibvirt@far.example/session")]
    public async Task A_password_in_libvirts_address_is_refused_unread(string address)
    {
        await using JobBench job = await JobBench.StartAsync("libvirt");
        job.Variables["DEBUG"] = "true";
        job.Cloud.Variables["LIBVIRT_URI"] = address;

        foreach (string log in (string[])["plain", "json"])
        {
            ExitCode code = await job.RunAsync("create", "--log", log);

            Assert.True(code == ExitCode.InvalidInput, job.Everything);
            Assert.Contains("IFR390", job.Errors, StringComparison.Ordinal);
            AssertNoSecret(job);
        }
    }

    private static void AssertNoSecret(JobBench job, params string[] more)
    {
        List<(string Place, string Text)> all =
        [
            ("output", job.Output), ("errors", job.Errors),
            .. job.Cluster.Events.Select(e => ("event", e.Event.ToJsonString())),
            ("ConfigMap", job.Cluster.ConfigMap(JobBench.Space, JobBench.PeerPods)!.ToJsonString()),
            .. more.Select(m => ("program", m)),
            .. Directory.GetFiles(job.Folder, "*", SearchOption.AllDirectories).Where(f => !Given.Contains(Path.GetFileName(f))).Select(f => (f, Encoding.Latin1.GetString(File.ReadAllBytes(f)))),
        ];
        Assert.Contains(all, a => a.Place.EndsWith("build.log", StringComparison.Ordinal) || job.Errors.Contains("IFR390", StringComparison.Ordinal));
        foreach (string secret in job.Cloud.Secrets)
        {
            foreach (string form in (string[])[secret, Uri.EscapeDataString(secret), JavaScriptEncoder.Default.Encode(secret), Convert.ToBase64String(Encoding.UTF8.GetBytes(secret))])
                Assert.All(all, a => Assert.False(a.Text.Contains(form, StringComparison.Ordinal), $"{a.Place} has {form}: {Around(a.Text, form)}"));
        }
    }

    private static string Around(string text, string form)
    {
        int at = Math.Max(0, text.IndexOf(form, StringComparison.Ordinal));
        return text[Math.Max(0, at - 200)..Math.Min(text.Length, at + 100)];
    }
}
