using System.Text.Json.Nodes;

namespace ImageFactory.Build.Tests.Job;

/// <summary>The manifests of build/job: each file, and what kubectl makes of the overlays.</summary>
public sealed class JobManifestTests
{
    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Manifests.Folder, "*.yaml", SearchOption.AllDirectories)
        .Where(f => Path.GetFileName(f) != "kustomization.yaml" && !f.Contains("/fleet/list/", StringComparison.Ordinal)).Select(f => Path.GetRelativePath(Manifests.Folder, f)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Overlays => [.. Directory.EnumerateFiles(Path.Combine(Manifests.Folder, "overlays"), "kustomization.yaml", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(Manifests.Folder, Path.GetDirectoryName(f)!)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Each_manifest_has_only_fields_that_Kubernetes_knows(string file) => Assert.True(Manifests.IsValid(Manifests.Read(file)), file);

    [Theory]
    [InlineData("restartPolicy", "Always")]
    [InlineData("serviceAccount", "default")]
    public void A_job_that_the_server_would_refuse_is_found(string key, string value)
    {
        JsonObject job = Manifests.Read("create/job.yaml");
        PodOf(job)[key] = value;

        Assert.False(Manifests.IsValid(job));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Each_overlay_makes_valid_objects_of_one_namespace_without_privileges(string overlay)
    {
        IReadOnlyList<JsonObject> objects = Manifests.Kustomize(Path.Combine(Manifests.Folder, overlay));

        Assert.All(objects, o => Assert.True(Manifests.IsValid(o), o.ToJsonString()));
        Assert.All(objects, o => Assert.Equal(Manifests.Space, (string?)o["metadata"]!["namespace"]));
        JsonObject pod = PodOf(Assert.Single(objects, o => (string?)o["kind"] is "Job" or "CronJob"));
        Manifests.AssertRestricted(pod);
        Assert.Equal("podvm-image-builder", (string?)pod["serviceAccountName"]);
        Assert.Contains(objects, o => (string?)o["kind"] == "Role");
        Assert.StartsWith("registry.example.com/", (string?)pod["containers"]![0]!["image"], StringComparison.Ordinal);
        Assert.Contains(pod["containers"]![0]!["env"]!.AsArray(), e => (string?)e!["name"] == "JOB_NAME" && e["valueFrom"]!["fieldRef"] is not null);
        string provider = overlay.Split('/')[1];
        string[] sources = [.. pod["containers"]![0]!["envFrom"]!.AsArray().Select(e => (string)(e!["secretRef"] ?? e["configMapRef"])!["name"]!)];
        Assert.Equal($"{provider}-podvm-image-cm", sources[^1]);
        Assert.Equal(1, sources.Count(s => s.EndsWith("-podvm-image-cm", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("aws", "AMI_ID", "PODVM_AMI_ID")]
    [InlineData("azure", "IMAGE_ID", "AZURE_IMAGE_ID")]
    [InlineData("gcp", "IMAGE_NAME", "PODVM_IMAGE_NAME")]
    [InlineData("libvirt", "LIBVIRT_IMAGE_ID", "LIBVIRT_IMAGE_ID")]
    public void Deletion_gets_the_id_of_its_provider_and_no_other(string provider, string variable, string key)
    {
        IReadOnlyList<JsonObject> objects = Manifests.Kustomize(Path.Combine(Manifests.Folder, "overlays", provider, "delete"));

        JsonNode container = PodOf(objects.Single(o => (string?)o["kind"] == "Job"))["containers"]![0]!;
        Assert.Equal(key, (string?)Assert.Single(container["env"]!.AsArray(), e => e!["valueFrom"] is not null && (string?)e["name"] == variable)!["valueFrom"]!["configMapKeyRef"]!["key"]);
        Assert.Equal(5, container["env"]!.AsArray().Select(e => (string)e!["name"]!).Distinct().Count());
        Assert.Equal(
            provider == "azure" ? ["/podvm-builder.sh", "delete", "-f", "-g"] : ["/podvm-builder.sh", "delete", "-f"],
            container["command"]!.AsArray().Select(c => (string)c!));
    }

    [Theory]
    [InlineData("create")]
    [InlineData("delete")]
    [InlineData("delete-gallery")]
    [InlineData("rebuild")]
    public void Only_passing_failures_are_tried_again(string folder)
    {
        JsonObject job = Manifests.Read(folder == "rebuild" ? "rebuild/cron-job.yaml" : $"{folder}/job.yaml");
        JsonArray rules = (folder == "rebuild" ? job["spec"]!["jobTemplate"]!["spec"]! : job["spec"]!)["podFailurePolicy"]!["rules"]!.AsArray();

        // The server takes such a policy only where pods are not restarted in place.
        Assert.Equal("Never", (string?)PodOf(job)["restartPolicy"]);
        JsonNode codes = Assert.Single(rules, r => (string?)r!["action"] == "FailJob")!["onExitCodes"]!;
        Assert.Equal("NotIn", (string?)codes["operator"]);
        Assert.Equal([(int)ImageFactory.Model.ExitCode.Unavailable, (int)ImageFactory.Model.ExitCode.TryAgain], codes["values"]!.AsArray().Select(v => (int)v!));
        Assert.Equal((string?)PodOf(job)["containers"]![0]!["name"], (string?)codes["containerName"]);
    }

    [Fact]
    public void The_privileged_variant_is_an_addition_that_nothing_else_has()
    {
        using Support.TemporaryFolder folder = new();
        foreach (string file in Directory.EnumerateFiles(Manifests.Folder, "*.yaml", SearchOption.AllDirectories))
        {
            string target = Path.Combine(folder.Path, "job", Path.GetRelativePath(Manifests.Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        string mine = Directory.CreateDirectory(Path.Combine(folder.Path, "job", "mine")).FullName;
        File.WriteAllText(Path.Combine(mine, "kustomization.yaml"), "resources: [../overlays/aws/create]\ncomponents: [../privileged]\n");
        JsonObject pod = PodOf(Manifests.Kustomize(mine).Single(o => (string?)o["kind"] == "Job"));

        Assert.True((bool)pod["containers"]![0]!["securityContext"]!["privileged"]!);
        Assert.Equal(0, (int)pod["securityContext"]!["runAsUser"]!);
    }

    private static JsonObject PodOf(JsonObject job) =>
        ((string?)job["kind"] == "CronJob" ? job["spec"]!["jobTemplate"]!["spec"]! : job["spec"]!)["template"]!["spec"]!.AsObject();
}
