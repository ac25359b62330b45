using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;

namespace ImageFactory.Publishing.Tests.Aws;

/// <summary>What is told before any work.</summary>
public sealed class AmiCheckTests : AmiTests
{
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
        DestinationResult result = await PublishAsync(place, SparseDisk.Make(Scratch["disk"], 1 << 20, 1, 1), "image");

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
        string disk = SparseDisk.Make(Scratch["disk"], 1 << 20, 1, 1);
        foreach (string digest in (string[])["a", "b"])
            await PublishedAsync(place, disk, digest);
        place.Fake.Quotas![quota] = 3;
        IReadOnlyList<Fault> room = await CheckedAsync(place);
        await PublishedAsync(place, disk, "c");

        IReadOnlyList<Fault> full = await CheckedAsync(place);

        Assert.Empty(room);
        Assert.Equal(("IFU325", expected), (Assert.Single(full).Code, full[0].Detail));
    }

    [Fact]
    public async Task A_full_quota_refuses_no_name_that_has_its_image_already()
    {
        await using AwsPlace place = await AwsPlace.StartAsync();
        place.Asked = place.Asked with { Name = "golden" };
        string disk = SparseDisk.Make(Scratch["disk"], 1 << 20, 1, 1);
        await PublishedAsync(place, disk, "image");
        place.Fake.Quotas!["ec2 L-B665C33B"] = 1;

        IReadOnlyList<Fault> rerun = await CheckedAsync(place);
        Publication again = await PublishedAsync(place, disk, "image");
        place.Asked = place.Asked with { Name = "another" };
        IReadOnlyList<Fault> other = await CheckedAsync(place);

        Assert.Empty(rerun);
        Assert.True(again.Adopted);
        Assert.Equal(["IFU325"], other.Select(f => f.Code));
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
        DestinationResult result = await PublishAsync(place, SparseDisk.Make(Scratch["disk"], 1 << 20, 1, 1), "image");

        Assert.Equal(["IFU310"], faults.Select(f => f.Code));
        Assert.Equal(["IFU310"], result.Faults.Select(f => f.Code));
        Assert.Equal(["eu-central-1 ami-0 golden image available"], place.Everything());
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
}
