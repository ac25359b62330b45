using System.Text.Json.Nodes;
using ImageFactory.Model;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Build.Tests.Job;

/// <summary>The Job from its variables to the ConfigMap, with each provider.</summary>
[Trait("needs", "libvirtd, for libvirt")]
public sealed class JobScenarioTests
{
    public static TheoryData<string> Providers => ["aws", "azure", "gcp", "libvirt"];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task The_first_run_publishes_and_tells_in_one_patch_and_the_second_does_neither(string provider)
    {
        await using JobBench job = await JobBench.StartAsync(provider);

        string id = await job.CreatedAsync();
        IReadOnlyList<string> patches = job.PatchesSince(0);
        IReadOnlyList<string> there = job.Cloud.Everything;
        int before = job.Cluster.Requests.Count;
        await job.CreatedAsync();

        Assert.Equal([id], job.Cloud.Images, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(id, job.Latest);
        Assert.Equal("15m", job.Data("PROXY_TIMEOUT"));
        Assert.Equal([$"PATCH /api/v1/namespaces/{JobBench.Space}/configmaps/peer-pods-cm 200"], patches);
        Assert.Equal(there, job.Cloud.Everything);
        Assert.Empty(job.PatchesSince(before));
        Assert.Equal(["PodVMImageStarted", "PodVMImagePublished", "PodVMImagePresent"], job.Reasons);
        Assert.Equal($"{id} is there already\n", job.Termination);
        Assert.Equal("osc-podvm-image-creation", (string?)job.LastEvent["regarding"]!["name"]);
        if (provider == "libvirt")
            Assert.Equal((job.Cloud.Variables["LIBVIRT_POOL"], "podvm-volume"), (job.Data("LIBVIRT_POOL"), job.Data("LIBVIRT_VOL_NAME")));
        if (provider == "azure")
            Assert.Equal(AzureJobCloud.Gallery, job.AnnotationOf("IMAGE_GALLERY_NAME"));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_changed_input_takes_the_place_of_the_image(string provider)
    {
        await using JobBench job = await JobBench.StartAsync(provider);
        await job.CreatedAsync();
        job.Disk("two.raw", 2);

        string id = await job.CreatedAsync("--set", "base.path=two.raw");

        Assert.Equal([id], job.Cloud.Images, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(id, job.Latest);
        Assert.Equal(["PodVMImageStarted", "PodVMImagePublished", "PodVMImageStarted", "PodVMImagePublished"], job.Reasons);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_failed_step_ends_the_run_writes_no_key_and_leaves_nothing(string provider)
    {
        await using JobBench job = await JobBench.StartAsync(provider);
        job.Cloud.Refuses = true;

        ExitCode code = await job.RunAsync("create");
        job.Cloud.Refuses = false;

        Assert.True(code is ExitCode.NotPermitted or ExitCode.InvalidInput or ExitCode.Unavailable or ExitCode.CannotWrite, $"{code} {job.Everything}");
        Assert.Equal("", job.Data(job.Cloud.ImageKey));
        Assert.Empty(job.PatchesSince(0));
        Assert.Empty(job.Cloud.Everything);
        Assert.Equal(["PodVMImageStarted", "PodVMImageFailed"], job.Reasons);
        Assert.Equal("Warning", (string?)job.LastEvent["type"]);
        Assert.Matches("^IFU[0-9]{3}: [^\n]+; hint: [^\n]+\n$", job.Termination);
        Assert.Equal(job.Termination.TrimEnd('\n'), (string?)job.LastEvent["note"]);
        Assert.DoesNotContain("canary", job.Output + job.Errors + job.Termination, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task What_pods_boot_from_is_removed_only_by_force(string provider)
    {
        await using JobBench job = await JobBench.StartAsync(provider);
        string id = await job.CreatedAsync();
        job.Variables[job.Cloud.RemovalVariable] = id;

        ExitCode kept = await job.RunAsync("delete");
        IReadOnlyList<string> stayed = job.Cloud.Images;
        ExitCode removed = await job.RunAsync("delete", "-f");

        Assert.Equal((ExitCode.Ok, 1), (kept, stayed.Count));
        Assert.True(removed == ExitCode.Ok, job.Everything);
        Assert.Empty(job.Cloud.Images);
        Assert.Equal("", job.Data(job.Cloud.ImageKey));
        if (job.Cloud.Annotation is { } annotation)
            Assert.Null(job.AnnotationOf(annotation));
        Assert.Equal("PodVMImageRemoved", job.Reasons[^1]);

        // Gone already is a success, too.
        Assert.Equal(ExitCode.Ok, await job.RunAsync("delete", "-f"));
        Assert.StartsWith($"{id} was gone already", job.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task What_belongs_to_another_owner_is_neither_replaced_nor_removed(string provider)
    {
        await using JobBench job = await JobBench.StartAsync(provider);
        string id = await job.CreatedAsync();
        job.Cloud.GiveAway();
        job.Disk("two.raw", 2);
        job.Variables[job.Cloud.RemovalVariable] = id;

        ExitCode replaced = await job.RunAsync("create", "--set", "base.path=two.raw");
        ExitCode removed = await job.RunAsync("delete", "-f");

        Assert.NotEqual(ExitCode.Ok, replaced);
        Assert.Equal(ExitCode.NotPermitted, removed);
        Assert.StartsWith("IFK423: ", job.Termination, StringComparison.Ordinal);
        Assert.Equal([id], job.Cloud.Images, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(id, job.Data(job.Cloud.ImageKey));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Without_the_config_map_nobody_can_be_told_and_removing_does_nothing(string provider)
    {
        await using JobBench job = await JobBench.StartAsync(provider);
        job.Variables[job.Cloud.RemovalVariable] = "x";
        job.Cluster.RemoveConfigMap(JobBench.Space, JobBench.PeerPods);

        ExitCode removed = await job.RunAsync("delete", "-f");
        job.Variables.Remove(job.Cloud.RemovalVariable);
        ExitCode created = await job.RunAsync("create");

        Assert.Equal(ExitCode.Ok, removed);
        Assert.Contains("IFK421", job.Errors, StringComparison.Ordinal);
        Assert.Equal(provider == "libvirt" ? (ExitCode.MissingInput, 0) : (ExitCode.Ok, 1), (created, job.Cloud.Images.Count));
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task Without_the_right_to_read_nothing_is_made(string provider)
    {
        await using JobBench job = await JobBench.StartAsync(provider);
        job.Cluster.Rules.Clear();
        job.Cloud.Variables["AGENT_POLICY"] = "not base64";

        ExitCode code = await job.RunAsync("create");

        Assert.Equal(ExitCode.NotPermitted, code);
        Assert.Contains("IFK202", job.Errors, StringComparison.Ordinal);
        Assert.Contains("environment variable AGENT_POLICY", job.Errors, StringComparison.Ordinal);
        Assert.Empty(job.Cloud.Everything);
    }

    [Fact]
    public async Task Without_the_right_to_write_the_image_is_there_and_the_failure_is_told()
    {
        await using JobBench job = await JobBench.StartAsync("aws");
        job.Cluster.Rules.Clear();
        job.Cluster.Allow("builder", JobBench.Space, "get /configmaps", "create events.k8s.io/events");

        ExitCode refused = await job.RunAsync("create");
        job.Cluster.Allow("builder", JobBench.Space, "patch /configmaps");
        string id = await job.CreatedAsync();

        Assert.Equal(ExitCode.NotPermitted, refused);
        Assert.Equal([id], job.Cloud.Images);
        Assert.Equal(["PodVMImageStarted", "PodVMImageFailed", "PodVMImageStarted", "PodVMImagePublished"], job.Reasons);
    }

    [Fact]
    public async Task A_finished_disk_out_of_a_registry_is_published_as_the_variables_alone_say()
    {
        await using JobBench job = await JobBench.StartAsync("gcp");
        await using FakeRegistry registry = await job.RegistryAsync();
        await job.MeasurableDiskAsync("first.raw");
        await job.MeasurableDiskAsync("second.raw", "quiet debug");
        FakeImage.Push(registry, "org/podvm", [(FakeImage.Layer, job.LayerOf("first.raw"))], tags: "1");
        FakeImage.Push(registry, "org/podvm", [(FakeImage.Layer, job.LayerOf("second.raw"))], tags: "2");
        job.Recipe = Path.Combine(Support.Approved.Root, "recipes", "job.yaml");

        job.Variables["PODVM_IMAGE_URI"] = $"oci::{registry.Host}/org/podvm:1";
        string first = await job.CreatedAsync();
        await job.CreatedAsync();
        job.Variables["PODVM_IMAGE_URI"] = $"oci::{registry.Host}/org/podvm:2::/image/podvm.qcow2";
        string second = await job.CreatedAsync();

        Assert.Equal("podvm-image-19088743-0-1", first);
        Assert.Equal(first, second);
        Assert.Equal(["PodVMImageStarted", "PodVMImagePublished", "PodVMImagePresent", "PodVMImageStarted", "PodVMImagePublished"], job.Reasons);
    }

    [Fact]
    public async Task What_keeps_the_job_from_its_cluster_is_told_with_what_is_wrong_with_its_variables()
    {
        await using JobBench job = await JobBench.StartAsync("aws");
        job.Variables["KUBECONFIG"] = "/nowhere/config";
        job.Variables["AMI_VOLUME_SIZE"] = "large";

        ExitCode code = await job.RunAsync("create");

        Assert.Equal(ExitCode.Configuration, code);
        Assert.Contains("IFK104", job.Errors, StringComparison.Ordinal);
        Assert.Contains("IFK404", job.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("create", "job create")]
    [InlineData("delete -f -g", "job delete -f -g")]
    [InlineData("delete-gallery -f", "job delete-gallery -f")]
    public async Task The_words_of_the_replaced_job_are_those_of_the_factory(string words, string expected)
    {
        using Support.TemporaryFolder folder = new();
        folder.Program("image-factory", "echo \"$*\"; exit 75");

        using Support.Spawned script = Support.Spawned.Program(
            Path.Combine(Support.Approved.Root, "build", "job", "podvm-builder.sh"), words.Split(' '), environment: new Dictionary<string, string> { ["PATH"] = $"{folder.Path}:/usr/bin:/bin" });
        Support.Spawned.Ended ended = await script.EndAsync();

        Assert.Equal((expected + "\n", 75), (ended.Output, ended.ExitCode));
    }

    [Fact]
    public async Task Held_back_the_key_is_left_alone_until_told()
    {
        await using JobBench job = await JobBench.StartAsync("azure");
        job.Variables["IMAGEFACTORY_JOB_ROLLOUT"] = "hold";

        await job.CreatedAsync();
        (string? key, string? latest) = (job.Data("AZURE_IMAGE_ID"), job.Latest);
        job.Variables["IMAGEFACTORY_JOB_ROLLOUT"] = "immediate";
        await job.CreatedAsync();

        Assert.Equal(("", Assert.Single(job.Cloud.Images)), (key, latest!.ToLowerInvariant()));
        Assert.Equal(latest, job.Data("AZURE_IMAGE_ID"));
        Assert.Equal(["PodVMImageStarted", "PodVMImagePublished", "PodVMImageHeld", "PodVMImagePresent"], job.Reasons);
    }

    [Fact]
    public async Task Without_the_wish_to_update_only_the_annotation_is_written()
    {
        await using JobBench job = await JobBench.StartAsync("gcp");
        job.Variables["UPDATE_PEERPODS_CM"] = "true";

        await job.CreatedAsync();

        Assert.Equal(("", "podvm-image-19088743-0-1"), (job.Data("PODVM_IMAGE_NAME"), job.Latest));
    }

    [Fact]
    public async Task An_image_of_the_replaced_scripts_is_taken_as_it_is()
    {
        await using JobBench job = await JobBench.StartAsync("aws");
        string id = await job.CreatedAsync();
        ((AwsJobCloud)job.Cloud).Aws.Images.ForEach(i => i.Tags.Clear());
        job.Disk("two.raw", 2);

        string same = await job.CreatedAsync("--set", "base.path=two.raw");
        job.Variables["AMI_ID"] = id;
        ExitCode removed = await job.RunAsync("delete", "-f");

        Assert.Equal((id, ExitCode.Ok), (same, removed));
        Assert.Empty(job.Cloud.Images);
    }

    [Fact]
    public async Task An_image_that_machines_use_is_not_replaced_and_is_removed_only_by_force()
    {
        await using JobBench job = await JobBench.StartAsync("aws");
        string id = await job.CreatedAsync();
        ((AwsJobCloud)job.Cloud).Aws.Instances[id] = "i-1";
        job.Disk("two.raw", 2);

        ExitCode replaced = await job.RunAsync("create", "--set", "base.path=two.raw");
        string why = job.Termination;
        job.Variables["AMI_ID"] = id;
        job.Cluster.SetConfigMap(JobBench.Space, JobBench.PeerPods, new Dictionary<string, string> { ["PODVM_AMI_ID"] = "ami-other" });
        ExitCode kept = await job.RunAsync("delete");
        ExitCode forced = await job.RunAsync("delete", "-f");

        Assert.Equal((ExitCode.NotPermitted, ExitCode.NotPermitted, ExitCode.Ok), (replaced, kept, forced));
        Assert.StartsWith("IFU112: ", why, StringComparison.Ordinal);
        Assert.Equal("ami-other", job.Data("PODVM_AMI_ID"));
    }

    [Theory]
    [InlineData("aws", "AMI_ID")]
    [InlineData("libvirt", "LIBVIRT_IMAGE_ID")]
    public async Task A_removal_without_an_image_is_refused(string provider, string variable)
    {
        await using JobBench job = await JobBench.StartAsync(provider);

        Assert.Equal(ExitCode.InvalidInput, await job.RunAsync("delete", "-f"));
        Assert.StartsWith($"IFK422: no image is named: {variable} is empty", job.Termination, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Google_takes_the_name_under_the_operators_key_too()
    {
        await using JobBench job = await JobBench.StartAsync("gcp");
        job.Variables["IMAGE_ID"] = await job.CreatedAsync();

        Assert.Equal(ExitCode.Ok, await job.RunAsync("delete", "-f"));
        Assert.Empty(job.Cloud.Images);
    }

    [Fact]
    public async Task A_gallery_with_versions_goes_by_force_only()
    {
        await using JobBench job = await JobBench.StartAsync("azure");
        await job.CreatedAsync();

        ExitCode kept = await job.RunAsync("delete-gallery");
        int stayed = job.Cloud.Everything.Count;
        ExitCode gone = await job.RunAsync("delete-gallery", "-f");

        Assert.Equal((ExitCode.Ok, 3), (kept, stayed));
        Assert.True(gone == ExitCode.Ok, job.Everything);
        Assert.Empty(job.Cloud.Everything);
        Assert.Null(job.AnnotationOf("IMAGE_GALLERY_NAME"));
        Assert.Equal(ExitCode.Ok, await job.RunAsync("delete-gallery", "-f"));
        Assert.Contains("names no gallery", job.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_goes_with_its_gallery()
    {
        await using JobBench job = await JobBench.StartAsync("azure");
        job.Variables["IMAGE_ID"] = await job.CreatedAsync();

        Assert.True(await job.RunAsync("delete", "-f", "-g") == ExitCode.Ok, job.Everything);
        Assert.Empty(job.Cloud.Everything);
        Assert.Equal(("", null, null), (job.Data("AZURE_IMAGE_ID"), job.Latest, job.AnnotationOf("IMAGE_GALLERY_NAME")));
    }

    [Theory]
    [InlineData("aws")]
    [InlineData("gcp")]
    [InlineData("libvirt")]
    public async Task Other_providers_have_no_gallery(string provider)
    {
        await using JobBench job = await JobBench.StartAsync(provider);

        Assert.Equal(ExitCode.Ok, await job.RunAsync("delete-gallery", "-f"));
        Assert.Equal("only Azure has galleries: nothing to remove\n", job.Output);
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_signal_in_the_middle_leaves_nothing_and_writes_no_key(string provider)
    {
        await using JobBench job = await JobBench.StartAsync(provider);
        (job.Cloud as LibvirtJobCloud)?.Tap();
        job.Variables["DEBUG"] = "true";
        job.Cloud.Line.AtUpload = () => job.Running!.Request(ExitCode.Terminated, _ => { }, _ => { });

        ExitCode code = await job.RunAsync("create");
        string message = job.Termination;
        (string? key, string? latest) = (job.Data(job.Cloud.ImageKey), job.Latest);

        Assert.True(code == ExitCode.Terminated, $"{code} {job.Everything}");
        Assert.Empty(job.Cloud.Everything);
        Assert.Empty(job.PatchesSince(0));
        Assert.Equal(("", provider == "libvirt" ? "" : null), (key, latest));
        Assert.Equal(["PodVMImageStarted", "PodVMImageFailed"], job.Reasons);
        Assert.StartsWith("IFH040: stopped by SIGTERM", message, StringComparison.Ordinal);
        Assert.StartsWith("stopped by a signal", (string?)job.LastEvent["note"], StringComparison.Ordinal);

        string id = await job.CreatedAsync();
        Assert.Equal([id], job.Cloud.Images, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(id, job.Latest);
    }

    [Fact]
    public async Task Events_that_may_not_be_written_end_nothing_and_are_told_once()
    {
        await using JobBench job = await JobBench.StartAsync("aws");
        job.Cluster.Rules.Clear();
        job.Cluster.Allow("builder", JobBench.Space, "get /configmaps", "patch /configmaps");

        await job.CreatedAsync();

        Assert.Equal(2, job.Errors.Split("IFK202").Length);
    }

    [Fact]
    public async Task Reference_values_are_there_before_the_key_is()
    {
        await using JobBench job = await JobBench.StartAsync("aws");
        await job.MeasurableDiskAsync("measured.raw");

        string id = await job.CreatedAsync("--set", "base.path=measured.raw");

        JsonObject values = job.Cluster.ConfigMap(JobBench.Space, "podvm-reference-values")!;
        Assert.Equal("image-factory", (string?)values["metadata"]!["labels"]!["app.kubernetes.io/managed-by"]);
        Assert.Equal(id, (string?)values["data"]!["image"]);
        Assert.Contains(values["data"]!.AsObject(), d => d.Key == "rvps-reference-values.yaml" && ((string)d.Value!).Contains("reference-values.json", StringComparison.Ordinal));
        Assert.Contains(values["data"]!.AsObject(), d => d.Key.EndsWith(".rego", StringComparison.Ordinal));
        string[] written = [.. job.Cluster.Requests.Where(r => r.Contains("configmaps", StringComparison.Ordinal) && !r.StartsWith("GET", StringComparison.Ordinal))];
        Assert.Equal([$"POST /api/v1/namespaces/{JobBench.Space}/configmaps 201", $"PATCH /api/v1/namespaces/{JobBench.Space}/configmaps/peer-pods-cm 200"], written);
    }

    [Fact]
    public async Task Trustees_own_values_are_overwritten_when_the_recipe_asks_for_it()
    {
        await using JobBench job = await JobBench.StartAsync("aws");
        await job.MeasurableDiskAsync("measured.raw");
        job.Cluster.SetConfigMap("trustee", "rvps", new Dictionary<string, string> { ["old"] = "x" });
        job.Cluster.Allow("builder", "trustee", "get /configmaps", "patch /configmaps");
        string[] there = ["--set", "base.path=measured.raw", "--set", "job.referenceValues.namespace=trustee", "--set", "job.referenceValues.name=rvps"];

        ExitCode refused = await job.RunAsync(["create", .. there]);
        await job.CreatedAsync([.. there, "--set", "job.referenceValues.overwrite=true"]);

        Assert.Equal(ExitCode.NotPermitted, refused);
        Assert.Null(job.Cluster.Data("trustee", "rvps", "old"));
        Assert.NotNull(job.Cluster.Data("trustee", "rvps", "rvps-reference-values.yaml"));
    }

    [Fact]
    public async Task The_reference_values_of_somebody_else_are_found_before_the_work()
    {
        await using JobBench job = await JobBench.StartAsync("aws");
        job.Cluster.SetConfigMap(JobBench.Space, "podvm-reference-values", new Dictionary<string, string> { ["reference-values.json"] = "Trustee's" });

        ExitCode code = await job.RunAsync("create");

        Assert.Equal(ExitCode.NotPermitted, code);
        Assert.StartsWith("IFK206: ", job.Termination, StringComparison.Ordinal);
        Assert.Empty(job.Cloud.Everything);
    }
}
