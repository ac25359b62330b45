using System.Text;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Aws;

public sealed class AmiPublisherTests : IDisposable
{
    private static readonly AmiDestination Everything = new()
    {
        Region = "eu-central-1",
        CopyTo = ["us-east-1"],
        Accounts = ["210987654321"],
        DeprecateAfterDays = 30,
    };

    private readonly ScratchFolder scratch = new();

    private static readonly AmiDestination Imported = Everything with { Method = AmiMethod.Import, Bucket = AwsFake.Bucket };

    public static TheoryData<string> Kinds => [nameof(FaultKind.Error503), nameof(FaultKind.Throttled), nameof(FaultKind.ResetBefore), nameof(FaultKind.LostAnswer), nameof(FaultKind.Truncated), nameof(FaultKind.Denied), nameof(FaultKind.Dead)];

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    public void Dispose() => scratch.Dispose();

    [Fact]
    public async Task The_image_is_registered_as_a_confidential_machine_needs_it()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = Everything with { Tags = new Dictionary<string, string> { ["team"] = "a" }, VolumeSize = 20 };

        Publication publication = await PublishedAsync(place, SparseDisk.Make(scratch["disk"], 3 << 20, 2, 1), "image");

        FakeImage image = place.Fake.Images.Single(i => i.Region == "eu-central-1");
        Assert.Equal(
            ["x86_64", "hvm", "uefi", "v2.0", "v2.0", "true", "20", "gp3"],
            ((string[])["Architecture", "VirtualizationType", "BootMode", "TpmSupport", "ImdsSupport", "EnaSupport", "BlockDeviceMapping.1.Ebs.VolumeSize", "BlockDeviceMapping.1.Ebs.VolumeType"]).Select(k => image.Request[k]));
        Assert.Equal($"sample-{Sha256.Of("image").Hex[..12]}", image.Name);
        Assert.Equal(("tester", Sha256.Of("image").Hex, "a"), (image.Tags["imagefactory-owner"], image.Tags["imagefactory-image"], image.Tags["team"]));
        Assert.Equal(["eu-central-1", "us-east-1"], place.Fake.Images.Select(i => i.Region));
        Assert.All(place.Fake.Images, i => Assert.Equal(["210987654321"], i.Permissions));
        Assert.All(place.Fake.Images, i => Assert.InRange(i.DeprecateAt!.Value, DateTimeOffset.UtcNow.AddDays(29), DateTimeOffset.UtcNow.AddDays(31)));
        Assert.All(place.Fake.Snapshots, s => Assert.Equal("tester", s.Tags["imagefactory-owner"]));
        Assert.Equal(["ami", "ami us-east-1", "snapshot", "snapshot us-east-1"], publication.Objects.Keys.Order());
    }

    [Fact]
    public async Task An_image_is_public_where_the_account_lets_it_be()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = Everything with { Public = true };

        await PublishedAsync(place, SparseDisk.Make(scratch["disk"], 1 << 20, 1, 1), "image");

        Assert.Equal(["eu-central-1", "us-east-1"], place.Fake.Images.Select(i => i.Region));
        Assert.All(place.Fake.Images, i => Assert.Equal(["210987654321", "all"], i.Permissions.Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_the_account_blocks_public_images_it_is_told_before_the_work_or_leaves_nothing(bool mayAsk)
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = Everything with { Public = true };
        place.Fake.PublicBlocked.Add("us-east-1");
        if (!mayAsk)
            place.Fake.Forbidden.Add("GetImageBlockPublicAccessState");

        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([place.Destination("tester")], Samples.Description, Never);
        DestinationResult result = await PublishAsync(place, SparseDisk.Make(scratch["disk"], 1 << 20, 1, 1), "image");

        Assert.Equal(mayAsk ? ["IFU324"] : [], faults.Select(f => f.Code));
        Assert.Equal(!mayAsk, place.Events.All.Any(e => e is Pipeline.Said { Text: { } text } && text.Contains("ec2:GetImageBlockPublicAccessState", StringComparison.Ordinal)));
        Assert.Equal(["IFU324"], result.Faults.Select(f => f.Code));
        Assert.Contains("us-east-1", result.Faults[0].Message, StringComparison.Ordinal);
        Assert.Empty(place.Everything());
    }

    [Theory]
    [InlineData("ebs L-309BACF6", "Snapshots per Region (ebs L-309BACF6): 3 of 3 are in use")]
    [InlineData("ec2 L-B665C33B", "AMIs (ec2 L-B665C33B): 3 of 3 are in use")]
    [InlineData("ec2 L-0E3CBAB9", "Public AMIs (ec2 L-0E3CBAB9): 3 of 3 are in use")]
    public async Task A_quota_without_room_is_told_before_the_work(string quota, string expected)
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = Everything with { Public = true, CopyTo = [] };
        string disk = SparseDisk.Make(scratch["disk"], 1 << 20, 1, 1);
        foreach (string digest in (string[])["a", "b"])
            await PublishedAsync(place, disk, digest);
        place.Fake.Quotas![quota] = 3;
        IReadOnlyList<Fault> room = await CheckedAsync(place);
        await PublishedAsync(place, disk, "c");

        IReadOnlyList<Fault> full = await CheckedAsync(place);

        Assert.Empty(room);
        Assert.Equal(("IFU325", expected), (Assert.Single(full).Code, full[0].Detail));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Quotas_that_may_not_be_asked_for_or_are_not_known_keep_nothing_from_being_published(bool denied)
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Fake.Quotas = denied ? null : [];

        Assert.Empty(await CheckedAsync(place));
        Assert.Contains(place.Events.All, e => e is Pipeline.Said { Text: { } text } && text.Contains($"quotas were not compared (GetServiceQuota: {(denied ? "AccessDeniedException" : "NoSuchResourceException")})", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_blocks_with_data_are_sent()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        using (FileStream disk = File.Create(scratch["disk"]))
        {
            disk.SetLength(5L << 30);
            disk.Position = (1L << 30) + 100;
            disk.WriteByte(1);
            // Written, and still zeros: no hole of the file, and not sent either.
            disk.Position = 2L << 30;
            disk.Write(new byte[2 << 20]);
            disk.Position = (5L << 30) - 1;
            disk.WriteByte(2);
        }

        Publication publication = await PublishedAsync(place, scratch["disk"], "image");

        FakeSnapshot snapshot = Assert.Single(place.Fake.Snapshots);
        Assert.Equal([2048, (5 * 2048) - 1], snapshot.Blocks.Keys.Order());
        Assert.Equal(5, snapshot.VolumeSize);
        Assert.Equal(2 * 524_288, publication.BytesSent);
    }

    /// <summary>
    /// A failure at every request of a publish in turn: the image is complete and right, or nothing is left; and the next run succeeds.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public Task Whatever_request_fails_the_image_is_whole_or_nothing_is_left(string kindName) => MatrixAsync(kindName, Everything);

    /// <summary>The same for the way through a bucket, whose object is always removed.</summary>
    [Theory]
    [InlineData(nameof(FaultKind.LostAnswer))]
    [InlineData(nameof(FaultKind.Truncated))]
    [InlineData(nameof(FaultKind.Denied))]
    [InlineData(nameof(FaultKind.Dead))]
    public Task Whatever_request_of_an_import_fails_the_image_is_whole_or_nothing_is_left(string kindName) => MatrixAsync(kindName, Imported);

    private async Task MatrixAsync(string kindName, AmiDestination asked)
    {
        FaultKind kind = Enum.Parse<FaultKind>(kindName);
        string disk = SparseDisk.Make(scratch["disk"], 3 << 20, 3, 1);
        int requests = await CountRequestsAsync(disk, asked);
        StringBuilder matrix = new();
        Assert.InRange(requests, 15, 80);
        for (int at = 1; at <= requests; at++)
        {
            await using AwsPlace place = await AwsPlace.StartAsync();
            place.Asked = asked;
            place.Fake.Faults.Kind = kind;
            place.Fake.Faults.At = at;

            DestinationResult first = await PublishAsync(place, disk, "image", $"journal-{at}");
            string request = place.Fake.Log.ElementAtOrDefault(at - 1) ?? "";
            int left = place.Everything().Count;
            place.Fake.Faults.At = 0;
            DestinationResult second = await PublishAsync(place, disk, "image", $"journal-{at}");

            matrix.Append($"{at,3} {kind,-12} {request,-40} {(first.Succeeded ? "published" : string.Join(',', first.Faults.Select(f => f.Code).Distinct()))} left {left}\n");
            string told = $"{matrix}\n{string.Join('\n', first.Faults.Concat(second.Faults))}";
            if (kind is not (FaultKind.Denied or FaultKind.Dead))
                Assert.True(first.Succeeded, told);
            if (!first.Succeeded && kind == FaultKind.Denied)
                Assert.True(left == 0 && first.Faults[0] is { Code: "IFU304", ExitCode: ExitCode.NotPermitted }, told);
            if (!first.Succeeded && kind == FaultKind.Dead)
                Assert.True(first.Faults[0] is { ExitCode: ExitCode.Unavailable }, told);
            Assert.True(second.Succeeded, told);
            Assert.True(place.Everything().Count == 4, $"{told}\n{string.Join((char)10, place.Everything())}\n{string.Join((char)10, place.Fake.Log)}");
            await place.ReadBackAsync(second.Publication!, scratch["back"]);
            AssertSame(disk, scratch["back"]);
        }

        TestContext.Current.TestOutputHelper!.WriteLine(matrix.ToString());
    }

    /// <summary>What kill -9 leaves: the journal, and a snapshot with a part of its blocks.</summary>
    [Fact]
    public async Task An_interrupted_upload_goes_on_where_it_was()
    {
        string disk = SparseDisk.MakeFull(scratch["disk"], 300 << 20, 1);
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Fake.Faults.Kind = FaultKind.Dead;
        place.Fake.Faults.At = 520;

        DestinationResult first = await PublishAsync(place, disk, "image");
        place.Fake.Faults.At = 0;
        DestinationResult second = await PublishAsync(place, disk, "image");

        Assert.False(first.Succeeded);
        Assert.True(second.Succeeded, string.Join('\n', second.Faults));
        Assert.InRange(second.Publication!.BytesSent, 1, 200L << 20);
        Assert.Single(place.Fake.Snapshots);
        await place.ReadBackAsync(second.Publication, scratch["back"]);
        AssertSame(disk, scratch["back"]);
    }

    [Fact]
    public async Task An_import_leaves_no_object_and_sends_no_holes()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = Imported;

        Publication publication = await PublishedAsync(place, SparseDisk.Make(scratch["disk"], 40L << 30, 3, 1), "image");

        Assert.Empty(place.Fake.Objects);
        Assert.Empty(place.Fake.Uploads);
        Assert.InRange(publication.BytesSent, 70_000, 10 * (2 << 20));
        Assert.All(place.Fake.Snapshots, s => Assert.Equal("tester", s.Tags["imagefactory-owner"]));
    }

    [Fact]
    public async Task An_import_that_the_service_fails_is_told_and_leaves_nothing()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = Imported;
        place.Fake.ImportError = "ClientError: Disk validation failed";

        DestinationResult result = await PublishAsync(place, SparseDisk.Make(scratch["disk"], 1 << 20, 1, 1), "image");

        Assert.Equal(["IFU318"], result.Faults.Select(f => f.Code));
        Assert.Equal("ClientError: Disk validation failed", result.Faults[0].Detail);
        Assert.Empty(place.Everything());
    }

    [Theory]
    [InlineData("staging", "vmie.amazonaws.com", null)]
    [InlineData("nowhere", "vmie.amazonaws.com", "IFU321")]
    [InlineData(null, "vmie.amazonaws.com", "IFU320")]
    [InlineData("staging", "ec2.amazonaws.com", "IFU323")]
    [InlineData("staging", null, "IFU322")]
    public async Task Bucket_and_role_of_an_import_are_looked_at_first(string? bucket, string? trusted, string? code)
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = Imported with { Bucket = bucket };
        place.Fake.Trusted = trusted;

        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([place.Destination("tester")], Samples.Description, Never);

        Assert.Equal(code is null ? [] : [code], faults.Select(f => f.Code));
        Assert.Empty(place.Everything());
    }

    [Fact]
    public async Task A_name_of_somebody_else_is_told_by_the_check_and_refused()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = place.Asked with { Name = "golden image" };
        place.Fake.Images.Add(new FakeImage("eu-central-1", "ami-0", "golden image", "snap-0", []) { State = "available" });

        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([place.Destination("tester")], Samples.Description, Never);
        DestinationResult result = await PublishAsync(place, SparseDisk.Make(scratch["disk"], 1 << 20, 1, 1), "image");

        Assert.Equal(["IFU310"], faults.Select(f => f.Code));
        Assert.Equal(["IFU310"], result.Faults.Select(f => f.Code));
        Assert.Equal(["eu-central-1 ami-0 golden image available"], place.Everything());
    }

    [Fact]
    public async Task A_fixed_name_is_not_taken_from_an_earlier_image_unasked()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = place.Asked with { Name = "golden image" };
        string disk = SparseDisk.Make(scratch["disk"], 1 << 20, 1, 1);
        await PublishedAsync(place, disk, "first");

        DestinationResult result = await PublishAsync(place, disk, "second");

        Assert.Equal(["IFU311"], result.Faults.Select(f => f.Code));
        Assert.Equal(2, place.Everything().Count);
    }

    [Fact]
    public async Task An_image_that_machines_run_is_refused_without_force()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        Publication publication = await PublishedAsync(place, SparseDisk.Make(scratch["disk"], 1 << 20, 1, 1), "image");
        place.Fake.Instances[publication.Id] = "i-0123";

        RemovalResult refused = await PublishRun.UnpublishAsync([place.Destination("tester")], Sha256.Of("image"), force: false, Never);
        int kept = place.Everything().Count;
        RemovalResult forced = await PublishRun.UnpublishAsync([place.Destination("tester")], Sha256.Of("image"), force: true, Never);

        Assert.Equal(["IFU107"], refused.Faults.Select(f => f.Code));
        Assert.Equal(2, kept);
        Assert.Empty(forced.Faults);
        Assert.Empty(place.Everything());
    }

    [Fact]
    public async Task Old_snapshots_without_an_image_are_orphans_and_young_ones_are_not()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        Dictionary<string, string> ours = new() { ["imagefactory-owner"] = "tester" };
        place.Fake.Snapshots.Add(new FakeSnapshot("eu-central-1", "snap-0a", 1, null, "", ours) { Started = DateTimeOffset.UtcNow.AddHours(-5) });
        place.Fake.Snapshots.Add(new FakeSnapshot("eu-central-1", "snap-0b", 1, null, "", ours));
        place.Fake.Snapshots.Add(new FakeSnapshot("eu-central-1", "snap-0c", 1, null, "", []) { Started = DateTimeOffset.UtcNow.AddHours(-5) });

        RemovalResult result = await new PublishRun(scratch["journals"], new Events(), TimeProvider.System).CollectAsync([place.Destination("tester")], remove: true, Never);

        Assert.Equal(["eu-central-1 snap-0a"], result.Objects.Select(o => o.Object.Id));
        Assert.Equal(["snap-0b", "snap-0c"], place.Fake.Snapshots.Select(s => s.Id));
    }

    [Fact]
    public async Task Missing_rights_and_bad_settings_are_told_at_once()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = Everything with { Name = "no*good", CopyTo = ["eu-central-1"] };
        place.Fake.Forbidden.UnionWith(["RegisterImage", "EnableImageDeprecation"]);

        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([place.Destination("tester")], Samples.Description with { Architecture = Architecture.S390x }, Never);

        Assert.Equal(["IFU303", "IFU312", "IFU313", "IFU304", "IFU304"], faults.Select(f => f.Code));
        Assert.Empty(place.Everything());
    }

    [Theory]
    [InlineData("AWS_SECRET_ACCESS_KEY", "wrong", "IFU305")]
    [InlineData("AWS_ENDPOINT_URL", "http://127.0.0.1:9", "IFU101")]
    public async Task Credentials_and_addresses_that_do_not_work_are_told(string variable, string value, string code)
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        DestinationSetting setting = place.Destination("tester").Setting;
        setting = setting with { Surroundings = setting.Surroundings with { Environment = new Dictionary<string, string>(setting.Surroundings.Environment) { [variable] = value } } };

        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([new PreparedDestination("ami", setting, PublisherKinds.Of(setting.Destination).Create(setting))], Samples.Description, Never);

        Assert.Equal([code], faults.Select(f => f.Code));
    }

    [Fact]
    public async Task Without_a_region_or_with_a_token_file_that_is_not_there_it_says_so()
    {
        DestinationSetting setting = Samples.Setting(new AmiDestination());
        DestinationSetting identity = Samples.Setting(new AmiDestination { Region = "eu-central-1" }, Samples.Surroundings(new Dictionary<string, string> { ["AWS_WEB_IDENTITY_TOKEN_FILE"] = "token" }));

        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync(
            [.. ((DestinationSetting[])[setting, identity]).Select(s => new PreparedDestination("ami", s, PublisherKinds.Of(s.Destination).Create(s)))], Samples.Description, Never);

        Assert.Equal(["IFU301", "IFU315"], faults.Select(f => f.Code));
    }

    [Fact]
    public async Task Secrets_are_in_no_event_fault_journal_or_publication()
    {
        string disk = SparseDisk.Make(scratch["disk"], 1 << 20, 1, 1);
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Fake.Faults.Kind = FaultKind.Dead;
        place.Fake.Faults.At = 8;
        DestinationResult failed = await PublishAsync(place, disk, "image");
        place.Fake.Faults.At = 0;
        DestinationResult good = await PublishAsync(place, disk, "image");

        string all = string.Join('\n', [
            .. place.Events.All.Select(e => e.ToString()), .. failed.Faults.Select(f => f.ToString()), good.Publication!.ToString(), string.Join('\n', good.Publication.Objects),
            .. Directory.GetFiles(scratch["journals"]).Select(File.ReadAllText)]);
        Assert.NotEmpty(all);
        Assert.DoesNotContain("canary", all, StringComparison.Ordinal);
        Assert.DoesNotContain(AwsFake.SecretKey, all, StringComparison.Ordinal);
    }

    private static Task<IReadOnlyList<Fault>> CheckedAsync(AwsPlace place) => PublishRun.CheckAsync([place.Destination("tester")], Samples.Description, Never);

    private async Task<int> CountRequestsAsync(string disk, AmiDestination asked)
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = asked;
        DestinationResult clean = await PublishAsync(place, disk, "image", "count");
        Assert.True(clean.Succeeded, string.Join('\n', clean.Faults));
        return place.Fake.Faults.Requests;
    }

    private static void AssertSame(string disk, string copy)
    {
        byte[] expected = File.ReadAllBytes(disk);
        using FileStream found = File.OpenRead(copy);
        byte[] start = new byte[expected.Length];
        found.ReadExactly(start);
        Assert.True(expected.AsSpan().SequenceEqual(start));
    }

    private async Task<Publication> PublishedAsync(AwsPlace place, string disk, string digestOf)
    {
        DestinationResult result = await PublishAsync(place, disk, digestOf);
        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        return result.Publication!;
    }

    private async Task<DestinationResult> PublishAsync(AwsPlace place, string disk, string digestOf, string journals = "journals")
    {
        await using PreparedDestination destination = place.Destination("tester");
        return Assert.Single(await new PublishRun(scratch[journals], place.Events, TimeProvider.System).PublishAsync([destination], Samples.Image(disk, digestOf), stopAtFirst: false, Never));
    }
}
