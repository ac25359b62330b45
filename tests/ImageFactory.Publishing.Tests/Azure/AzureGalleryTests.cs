using System.Text.Json.Nodes;
using ImageFactory.Model;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support.Http;

namespace ImageFactory.Publishing.Tests.Azure;

public sealed class AzureGalleryTests : IAsyncLifetime
{
    private const int Mebi = 1 << 20;

    private AzureBench bench = null!;

    private FakeArm Arm => bench.Arm;

    public async ValueTask InitializeAsync() => bench = await AzureBench.StartAsync();

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    public static TheoryData<long, string> Disks => new()
    {
        { 24 * Mebi, "a few ranges" },
        { (21L * Mebi) + 512, "ranges" },
        { (22L * Mebi) - 1, "ranges" },
        { 24 * Mebi, "nothing" },
        { 24 * Mebi, "zeros" },
        { 24 * Mebi, "full" },
    };

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task What_was_published_reads_back_bit_equal(long size, string content)
    {
        PublishableImage image = content switch
        {
            "nothing" => bench.Image(size),
            "zeros" => bench.Image(size, (0, new byte[size])),
            "full" => bench.Image(size, (0, AzureBench.Noise((int)size))),
            _ => bench.Image(size, (0, AzureBench.Noise(70_000)), ((5 * Mebi) + 512, AzureBench.Noise(3 * Mebi, 2)), (size - 513, AzureBench.Noise(513, 3))),
        };

        DestinationResult result = await bench.PublishAsync(image);

        Assert.Empty(result.Faults);
        byte[] wanted = await File.ReadAllBytesAsync(image.File, TestContext.Current.CancellationToken);
        byte[] there = Arm.ContentOf(AzureBench.Version);
        Assert.Equal((size + Mebi - 1) / Mebi * Mebi, there.Length - 512);
        Assert.True(wanted.AsSpan().SequenceEqual(there.AsSpan(0, wanted.Length)));
        Assert.False(there.AsSpan(wanted.Length..^512).ContainsAnyExcept((byte)0));
        if (content is "nothing" or "zeros")
            Assert.Equal(512, result.Publication!.BytesSent);
    }

    [Fact]
    public async Task Only_the_version_and_its_parents_are_left_and_carry_our_tags()
    {
        PublishableImage image = Small();

        await bench.PublishAsync(image);

        Assert.Equal(((string[])[AzureBench.Gallery, AzureBench.Definition, AzureBench.Version]).Select(i => i.ToLowerInvariant()), Arm.Ids);
        Assert.Equal("tester", (string?)Arm.TagsOf(AzureBench.Gallery)["imagefactory-owner"]);
        Assert.Equal(image.Digest.Hex, (string?)Arm.TagsOf(AzureBench.Version)["imagefactory-image"]);
    }

    [Fact]
    public async Task The_definition_is_for_confidential_machines_of_the_second_generation()
    {
        await bench.PublishAsync(Small());

        JsonObject definition = Arm.PropertiesOf(AzureBench.Definition);
        Assert.Equal("V2", (string?)definition["hyperVGeneration"]);
        Assert.Equal("x64", (string?)definition["architecture"]);
        Assert.Equal("""[{"name":"SecurityType","value":"ConfidentialVmSupported"}]""", definition["features"]!.ToJsonString());
    }

    [Fact]
    public async Task The_certificate_that_signed_the_image_goes_into_the_Secure_Boot_db()
    {
        PublishableImage image = Small();

        await bench.PublishAsync(image with { Description = image.Description with { SecureBootCertificate = [0x30, 0x03, 0x02, 0x01, 0x05] } });

        Assert.Equal(
            """{"uefiSettings":{"signatureTemplateNames":["MicrosoftUefiCertificateAuthorityTemplate"],"additionalSignatures":{"db":[{"type":"x509","value":["MAMCAQU="]}]}}}""",
            Arm.PropertiesOf(AzureBench.Version)["securityProfile"]!.ToJsonString());
    }

    [Fact]
    public async Task A_version_is_copied_to_each_region_and_the_home_region_comes_first()
    {
        bench.Destination = bench.Destination with
        {
            Regions = [new() { Name = "North Europe", Replicas = 3, Storage = Model.Recipes.Destinations.AzureReplicaStorage.StandardZrs }],
            Replicas = 2,
        };

        await bench.PublishAsync(Small());

        Assert.Equal(
            """[{"name":"westeurope","regionalReplicaCount":2,"storageAccountType":"Standard_LRS"},{"name":"northeurope","regionalReplicaCount":3,"storageAccountType":"Standard_ZRS"}]""",
            Arm.PropertiesOf(AzureBench.Version)["publishingProfile"]!["targetRegions"]!.ToJsonString());
    }

    [Fact]
    public async Task The_same_image_is_adopted_and_nothing_is_sent()
    {
        PublishableImage image = Small();
        await bench.PublishAsync(image);
        int before = Arm.Server.Lines.Count;

        DestinationResult again = await bench.PublishAsync(image);

        Assert.True(again.Publication!.Adopted);
        Assert.Equal(0, again.Publication.BytesSent);
        Assert.All(Arm.Server.Lines.Skip(before), line => Assert.StartsWith("GET ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_image_never_takes_a_version_that_is_there()
    {
        await bench.PublishAsync(Small());
        byte[] before = Arm.ContentOf(AzureBench.Version);

        DestinationResult other = await bench.PublishAsync(bench.Image(24 * Mebi, (0, AzureBench.Noise(100, 9))));

        Assert.Equal(["IFU413"], other.Faults.Select(f => f.Code));
        Assert.Same(before, Arm.ContentOf(AzureBench.Version));
    }

    [Fact]
    public async Task The_version_of_another_owner_is_refused_and_kept()
    {
        await bench.PublishAsync(Small());
        bench.Destination = bench.Destination with { Owner = "somebody-else" };

        DestinationResult refused = await bench.PublishAsync(Small());
        IReadOnlyList<PlacedObject> found = await bench.Publisher().FindAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["IFU413"], refused.Faults.Select(f => f.Code));
        Assert.Empty(found);
        Assert.Contains(AzureBench.Version.ToLowerInvariant(), Arm.Ids);
    }

    [Theory]
    [InlineData("TrustedLaunch", "V2", "IFU411")]
    [InlineData(null, "V2", "IFU411")]
    [InlineData("ConfidentialVmSupported", "V1", "IFU412")]
    public async Task A_definition_for_other_machines_is_a_fault_in_check_and_in_publish(string? securityType, string generation, string code)
    {
        Arm.Add(AzureBench.Gallery, "Microsoft.Compute/galleries", []);
        JsonArray features = securityType is null ? [] : [new JsonObject { ["name"] = "SecurityType", ["value"] = securityType }];
        Arm.Add(AzureBench.Definition, "Microsoft.Compute/galleries/images", new JsonObject
        {
            ["osType"] = "Linux",
            ["osState"] = "Generalized",
            ["hyperVGeneration"] = generation,
            ["architecture"] = "x64",
            ["features"] = features,
        });

        IReadOnlyList<Fault> check = await CheckAsync();
        DestinationResult result = await bench.PublishAsync(Small());

        Assert.Equal([code], check.Select(f => f.Code));
        Assert.Equal([code], result.Faults.Select(f => f.Code));
        Assert.Equal(2, Arm.Ids.Count);
    }

    [Fact]
    public async Task A_check_tells_every_bad_value_at_once_and_asks_nothing()
    {
        bench.Destination = bench.Destination with { Gallery = "with-dash", Version = "1.0", Replicas = 0, Region = "west europe!" };

        IReadOnlyList<Fault> faults = await CheckAsync();

        Assert.Equal(4, faults.Count(f => f.Code == "IFU402"));
        Assert.Empty(Arm.Server.Lines);
    }

    [Fact]
    public async Task A_check_changes_nothing_and_finds_nothing_wrong()
    {
        Assert.Empty(await CheckAsync());
        Assert.All(Arm.Server.Lines, line => Assert.StartsWith("GET ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_check_names_the_rights_that_are_missing()
    {
        Arm.Actions = ["Microsoft.Compute/galleries/*", "Microsoft.Compute/disks/read", "Microsoft.Compute/disks/*/action"];

        Fault fault = Assert.Single(await CheckAsync());

        Assert.Equal("IFU406", fault.Code);
        Assert.Equal("Microsoft.Compute/disks/write\nMicrosoft.Compute/disks/delete", fault.Detail);
    }

    [Fact]
    public async Task A_check_tells_which_quotas_are_used_up()
    {
        Arm.Usages = [("cores", 10, 10), ("Gallery", 100, 100), ("GalleryImage", 3, 1000), ("GalleryImageVersion", 9999, 10000), ("StandardDiskCount", 50000, 50000)];

        IReadOnlyList<Fault> faults = await CheckAsync();

        Assert.All(faults, f => Assert.Equal("IFU408", f.Code));
        Assert.Equal(["Gallery: 100 of 100 are in use in westeurope", "StandardDiskCount: 50000 of 50000 are in use in westeurope"], faults.Select(f => f.Detail));
    }

    [Fact]
    public async Task Who_may_not_read_quotas_is_not_held_up()
    {
        Arm.Usages = null;

        Assert.Empty(await CheckAsync());
    }

    [Fact]
    public async Task An_absent_resource_group_is_named()
    {
        bench.Destination = bench.Destination with { ResourceGroup = "nowhere" };

        Assert.Equal(["IFU410"], (await CheckAsync()).Select(f => f.Code));
    }

    [Fact]
    public async Task A_clock_that_is_off_is_named_when_the_token_is_refused()
    {
        Arm.Unauthorised = true;
        Arm.Server.Skew = TimeSpan.FromHours(2);

        Fault fault = Assert.Single(await CheckAsync());

        Assert.Equal("IFU404", fault.Code);
        Assert.Contains("120 minutes", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_region_that_fails_fails_the_publish_and_nothing_is_left()
    {
        bench.Destination = bench.Destination with { Regions = [new() { Name = "northeurope" }] };
        Arm.BrokenRegions.Add("northeurope");

        DestinationResult result = await bench.PublishAsync(Small());

        Assert.Equal(["IFU416"], result.Faults.Select(f => f.Code));
        Assert.Contains("no capacity", result.Faults[0].Detail, StringComparison.Ordinal);
        Assert.Empty(Arm.Ids);
    }

    [Fact]
    public async Task An_operation_that_fails_fails_the_publish_and_nothing_is_left()
    {
        Arm.VersionError = "InternalExecutionError";

        DestinationResult result = await bench.PublishAsync(Small());

        Assert.Equal(["IFU407"], result.Faults.Select(f => f.Code));
        Assert.Equal(ExitCode.TryAgain, result.Faults[0].ExitCode);
        Assert.Empty(Arm.Ids);
    }

    [Fact]
    public async Task A_disk_is_written_through_a_private_endpoint_when_a_subnet_is_named()
    {
        // The name resolves nowhere: only the endpoint's address leads to the disk.
        Arm.DiskHost = "md-1.disks.invalid";
        bench.Destination = bench.Destination with
        {
            PrivateEndpointSubnet = $"/subscriptions/{FakeArm.Subscription}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/s",
        };

        DestinationResult result = await bench.PublishAsync(Small());

        Assert.Empty(result.Faults);
        Assert.Contains(Arm.Server.Lines, l => l.Contains("/privateEndpoints/", StringComparison.Ordinal) && l.StartsWith("PUT", StringComparison.Ordinal));
        Assert.Equal(3, Arm.Ids.Count);
    }

    [Fact]
    public async Task Unpublish_removes_the_version_and_gc_the_empty_parents()
    {
        PublishableImage image = Small();
        await bench.PublishAsync(image);
        PublishRun run = new(Path.Combine(bench.Folder, "journals"), bench.Events, TimeProvider.System);

        RemovalResult removed = await PublishRun.UnpublishAsync([bench.Prepared()], image.Digest, force: false, TestContext.Current.CancellationToken);
        int left = Arm.Ids.Count;
        await run.CollectAsync([bench.Prepared()], remove: true, TestContext.Current.CancellationToken);

        Assert.Empty(removed.Faults);
        Assert.Equal(["image-version"], removed.Objects.Select(o => o.Object.Kind));
        Assert.Equal(2, left);
        Assert.Empty(Arm.Ids);
    }

    [Fact]
    public async Task A_version_that_machines_were_made_from_stays_unless_forced()
    {
        PublishableImage image = Small();
        await bench.PublishAsync(image);
        Arm.Machines.Add(new JsonObject
        {
            ["id"] = $"/subscriptions/{FakeArm.Subscription}/resourceGroups/x/providers/Microsoft.Compute/virtualMachines/pod-7",
            ["name"] = "pod-7",
            ["type"] = "Microsoft.Compute/virtualMachines",
            ["location"] = "westeurope",
            ["properties"] = new JsonObject { ["storageProfile"] = new JsonObject { ["imageReference"] = new JsonObject { ["id"] = AzureBench.Version } } },
        });

        RemovalResult refused = await PublishRun.UnpublishAsync([bench.Prepared()], image.Digest, force: false, TestContext.Current.CancellationToken);
        RemovalResult forced = await PublishRun.UnpublishAsync([bench.Prepared()], image.Digest, force: true, TestContext.Current.CancellationToken);

        Assert.Equal(["IFU107"], refused.Faults.Select(f => f.Code));
        Assert.Empty(forced.Faults);
        Assert.DoesNotContain(AzureBench.Version.ToLowerInvariant(), Arm.Ids);
    }

    [Fact]
    public async Task A_gallery_with_the_images_of_others_stays_when_a_publish_fails()
    {
        Arm.VersionError = "InternalExecutionError";
        Arm.Server.Fault = request =>
        {
            if (request.Line.Contains("beginGetAccess", StringComparison.Ordinal))
                Arm.Add($"{AzureBench.Gallery}/images/other", "Microsoft.Compute/galleries/images", []);
            return null;
        };

        await bench.PublishAsync(Small());

        Assert.Equal(((string[])[AzureBench.Gallery, $"{AzureBench.Gallery}/images/other"]).Select(i => i.ToLowerInvariant()), Arm.Ids);
    }

    [Fact]
    public async Task Secrets_reach_neither_faults_nor_events()
    {
        Arm.Server.Fault = r => r.Path.StartsWith("/blob/", StringComparison.Ordinal) ? Mishap.ResetBefore : null;

        DestinationResult result = await bench.PublishAsync(Small());

        string told = string.Join('\n', result.Faults) + string.Join('\n', bench.Events.All);
        Assert.Equal(["IFU101"], result.Faults.Select(f => f.Code));
        Assert.DoesNotContain(FakeArm.Signature, told, StringComparison.Ordinal);
        Assert.DoesNotContain(FakeArm.Token, told, StringComparison.Ordinal);
        Assert.Contains(bench.Concealed, c => c.Contains(FakeArm.Signature, StringComparison.Ordinal));
    }

    private PublishableImage Small() => bench.Image(24 * Mebi, (0, AzureBench.Noise(100_000)), (9 * Mebi, AzureBench.Noise(5 * Mebi, 2)));

    private Task<IReadOnlyList<Fault>> CheckAsync() => bench.Publisher().CheckAsync(Support.Samples.Description, TestContext.Current.CancellationToken);
}
