using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Aws;

public sealed class AmiPublisherTests : AmiTests
{
    [Fact]
    public async Task The_image_is_registered_as_a_confidential_machine_needs_it()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = Everything with { Tags = new Dictionary<string, string> { ["team"] = "a" }, VolumeSize = 20 };

        Publication publication = await PublishedAsync(place, SparseDisk.Make(Scratch["disk"], 3 << 20, 2, 1), "image");

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

        await PublishedAsync(place, SparseDisk.Make(Scratch["disk"], 1 << 20, 1, 1), "image");

        Assert.Equal(["eu-central-1", "us-east-1"], place.Fake.Images.Select(i => i.Region));
        Assert.All(place.Fake.Images, i => Assert.Equal(["210987654321", "all"], i.Permissions.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Only_blocks_with_data_are_sent()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        using (FileStream disk = File.Create(Scratch["disk"]))
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

        Publication publication = await PublishedAsync(place, Scratch["disk"], "image");

        FakeSnapshot snapshot = Assert.Single(place.Fake.Snapshots);
        Assert.Equal([2048, (5 * 2048) - 1], snapshot.Blocks.Keys.Order());
        Assert.Equal(5, snapshot.VolumeSize);
        Assert.Equal(2 * 524_288, publication.BytesSent);
    }

    /// <summary>What kill -9 leaves: the journal, and a snapshot with a part of its blocks.</summary>
    [Fact]
    public async Task An_interrupted_upload_goes_on_where_it_was()
    {
        string disk = SparseDisk.MakeFull(Scratch["disk"], 300 << 20, 1);
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
        await place.ReadBackAsync(second.Publication, Scratch["back"]);
        AssertSame(disk, Scratch["back"]);
    }

    [Fact]
    public async Task An_import_leaves_no_object_and_sends_no_holes()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = Imported;

        Publication publication = await PublishedAsync(place, SparseDisk.Make(Scratch["disk"], 40L << 30, 3, 1), "image");

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

        DestinationResult result = await PublishAsync(place, SparseDisk.Make(Scratch["disk"], 1 << 20, 1, 1), "image");

        Assert.Equal(["IFU318"], result.Faults.Select(f => f.Code));
        Assert.Equal("ClientError: Disk validation failed", result.Faults[0].Detail);
        Assert.Empty(place.Everything());
    }

    [Fact]
    public async Task A_fixed_name_is_not_taken_from_an_earlier_image_unasked()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = place.Asked with { Name = "golden image" };
        string disk = SparseDisk.Make(Scratch["disk"], 1 << 20, 1, 1);
        await PublishedAsync(place, disk, "first");

        DestinationResult result = await PublishAsync(place, disk, "second");

        Assert.Equal(["IFU311"], result.Faults.Select(f => f.Code));
        Assert.Equal(2, place.Everything().Count);
    }

    [Fact]
    public async Task An_image_that_machines_run_is_refused_without_force()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        Publication publication = await PublishedAsync(place, SparseDisk.Make(Scratch["disk"], 1 << 20, 1, 1), "image");
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

        RemovalResult result = await new PublishRun(Scratch["journals"], new Events(), TimeProvider.System).CollectAsync([place.Destination("tester")], remove: true, Never);

        Assert.Equal(["eu-central-1 snap-0a"], result.Objects.Select(o => o.Object.Id));
        Assert.Equal(["snap-0b", "snap-0c"], place.Fake.Snapshots.Select(s => s.Id));
    }

    [Fact]
    public async Task Secrets_are_in_no_event_fault_journal_or_publication()
    {
        string disk = SparseDisk.Make(Scratch["disk"], 1 << 20, 1, 1);
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Fake.Faults.Kind = FaultKind.Dead;
        place.Fake.Faults.At = 8;
        DestinationResult failed = await PublishAsync(place, disk, "image");
        place.Fake.Faults.At = 0;
        DestinationResult good = await PublishAsync(place, disk, "image");

        string all = string.Join('\n', [
            .. place.Events.All.Select(e => e.ToString()), .. failed.Faults.Select(f => f.ToString()), good.Publication!.ToString(), string.Join('\n', good.Publication.Objects),
            .. Directory.GetFiles(Scratch["journals"]).Select(File.ReadAllText)]);
        Assert.NotEmpty(all);
        Assert.DoesNotContain("canary", all, StringComparison.Ordinal);
        Assert.DoesNotContain(AwsFake.SecretKey, all, StringComparison.Ordinal);
    }
}
