using ImageFactory.Model;

namespace ImageFactory.Build.Tests.Job;

/// <summary>An image that takes the place of a former one: that stays as long as the service allows, and what is lost is told.</summary>
[Trait("needs", "libvirtd, for libvirt")]
public sealed class JobReplacementTests
{
    private static readonly string[] Other = ["create", "--set", "base.path=two.raw"];

    public static TheoryData<string> Providers => JobScenarioTests.Providers;

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task The_former_image_is_there_until_all_else_is_done(string provider)
    {
        await using JobBench job = await JobBench.StartAsync(provider);
        (job.Cloud as LibvirtJobCloud)?.Tap();
        string former = await job.CreatedAsync();
        job.Disk("two.raw", 2);
        IReadOnlyList<string> there = [];
        job.Cloud.Line.AtUpload = () =>
        {
            there = job.Cloud.Images;
            job.Running!.Request(ExitCode.Terminated, _ => { }, _ => { });
        };

        ExitCode code = await job.RunAsync(Other);

        Assert.True(code == ExitCode.Terminated, job.Everything);
        Assert.Equal([former], there, StringComparer.OrdinalIgnoreCase);
        Assert.Equal([former], job.Cloud.Images, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(former, job.Data(job.Cloud.ImageKey));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task What_is_lost_when_the_last_step_fails_is_told_and_a_rerun_mends_it(string provider)
    {
        await using JobBench job = await JobBench.StartAsync(provider);
        string former = await job.CreatedAsync();
        string[] parts = [.. job.Cloud.Everything.Where(e => e.Contains("snap-", StringComparison.Ordinal)).Select(e => e.Split(' ')[1])];
        job.Disk("two.raw", 2);

        job.Cloud.Refuses = true;
        ExitCode code = await job.RunAsync(Other);
        job.Cloud.Refuses = false;

        Assert.NotEqual(ExitCode.Ok, code);
        Assert.Equal(former, job.Data(job.Cloud.ImageKey));
        if (provider == "libvirt")
        {
            // One name for another in one step.
            Assert.Equal([former], job.Cloud.Images);
        }
        else
        {
            Assert.Empty(job.Cloud.Images);
            Assert.StartsWith("IFU114: ", job.Termination, StringComparison.Ordinal);
            Assert.Contains($"'{former}' was removed", job.Termination, StringComparison.OrdinalIgnoreCase);
            Assert.Equal(provider == "aws", parts.Length == 1);
            Assert.All(parts, p => Assert.Contains(job.Cloud.Everything, e => e.Contains(p, StringComparison.Ordinal)));
            Assert.All(parts, p => Assert.Contains(p, job.Errors, StringComparison.Ordinal));
        }

        string id = await job.CreatedAsync("--set", "base.path=two.raw");
        Assert.Equal([id], job.Cloud.Images, StringComparer.OrdinalIgnoreCase);
    }
}
