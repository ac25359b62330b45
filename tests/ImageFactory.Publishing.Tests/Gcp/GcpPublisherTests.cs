using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using ImageFactory.Images.Tests;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Publishing.Journal;
using ImageFactory.Publishing.Running;
using ImageFactory.Publishing.Tests.Support;
using ImageFactory.Publishing.Tests.Support.Http;

namespace ImageFactory.Publishing.Tests.Gcp;

public sealed class GcpPublisherTests
{
    private const int Mebi = 1 << 20;

    private static readonly string Name = "sample-" + Sha256.Of("image").Hex[..12];

    private static CancellationToken Never => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_image_has_what_the_destination_asks_for()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        byte[] certificate = Certificate("CN=image");
        await File.WriteAllBytesAsync(bench["db.der"], Certificate("CN=second"), Never);
        bench.Asked = bench.Asked with
        {
            Family = "podvm",
            Location = "europe-west4",
            Confidential = [GcpConfidentialType.Tdx],
            Tags = new Dictionary<string, string> { ["team"] = "a" },
            SignatureDatabase = [new SourcePath("db.der", bench["db.der"])],
        };
        PublishableImage image = Samples.Image(SparseDisk.Make(bench["disk"], 3 * Mebi, 2, 1));

        DestinationResult result = await bench.PublishAsync(image with { Description = image.Description with { SecureBootCertificate = certificate, Text = "for tests" } });

        Assert.Empty(result.Faults);
        FakeGcpImage made = Assert.Single(bench.Google.Compute.Images).Value;
        Assert.Equal((Name, "for tests", "podvm", "X86_64", "europe-west4"), ((string?)made.Asked["name"], (string?)made.Asked["description"], (string?)made.Asked["family"], (string?)made.Asked["architecture"], (string?)made.Asked["storageLocations"]![0]));
        Assert.Equal(["UEFI_COMPATIBLE", "GVNIC", "VIRTIO_SCSI_MULTIQUEUE", "TDX_CAPABLE"], made.Asked["guestOsFeatures"]!.AsArray().Select(f => (string)f!["type"]!));
        Assert.Equal(("tester", "a", "sample"), ((string?)made.Asked["labels"]!["imagefactory-owner"], (string?)made.Asked["labels"]!["team"], (string?)made.Asked["labels"]!["imagefactory-recipe"]));
        Assert.Equal(Sha256.Of("image").Hex, (string?)made.Asked["labels"]!["imagefactory-image"] + (string?)made.Asked["labels"]!["imagefactory-image-rest"]);
        Assert.Equal([Convert.ToBase64String(certificate), Convert.ToBase64String(await File.ReadAllBytesAsync(bench["db.der"], Never))], made.Asked["shieldedInstanceInitialState"]!["dbs"]!.AsArray().Select(k => (string)k!["content"]!));
        Assert.Equal(["image", "imageId"], result.Publication!.Objects.Keys.Order());
        Assert.Equal(Name, result.Publication.Id);
    }

    [Fact]
    public async Task Without_other_wishes_it_may_run_on_all_confidential_machines_and_has_no_keys()
    {
        await using GcpBench bench = await GcpBench.StartAsync();

        await PublishedAsync(bench, SparseDisk.Make(bench["disk"], Mebi, 1, 1), "image");

        JsonObject asked = bench.Google.Compute.Images[Name].Asked;
        Assert.Equal(["UEFI_COMPATIBLE", "GVNIC", "VIRTIO_SCSI_MULTIQUEUE", "SEV_CAPABLE", "SEV_SNP_CAPABLE", "TDX_CAPABLE"], asked["guestOsFeatures"]!.AsArray().Select(f => (string)f!["type"]!));
        Assert.Null(asked["shieldedInstanceInitialState"]);
    }

    [Fact]
    public async Task Holes_cost_nothing_and_large_disks_go_in_chunks()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        using (FileStream disk = File.Create(bench["disk"]))
        {
            disk.SetLength((9L << 30) + 1);
            byte[] noise = new byte[40 * Mebi];
            new Random(1).NextBytes(noise);
            disk.Position = 8L << 30;
            disk.Write(noise);
        }

        Publication publication = await PublishedAsync(bench, bench["disk"], "image");

        Assert.InRange(publication.BytesSent, 40 * Mebi, 40.8 * Mebi);
        Assert.Equal(3, bench.Google.Storage.Chunks);
        Assert.Equal("disk.raw 10737418240", Listed(bench, publication));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_break_in_the_middle_of_a_chunk_goes_on_from_the_last_byte_that_was_kept(int chunk)
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        bench.Google.Storage.KeepHalfOf = chunk;
        string disk = SparseDisk.MakeFull(bench["disk"], 40 * Mebi, 1);

        Publication publication = await PublishedAsync(bench, disk, "image");

        await AssertReadsBackAsync(bench, publication);
        Assert.InRange(bench.Google.Storage.Chunks, 4, 5);
    }

    /// <summary>kill -9 after the second of three chunks.</summary>
    [Fact]
    public async Task An_upload_that_died_goes_on_and_sends_only_the_rest()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        string disk = SparseDisk.MakeFull(bench["disk"], 40 * Mebi, 1);
        await DieAfterChunksAsync(bench, disk, 2);

        Publication publication = await PublishedAsync(bench, disk, "image");

        Assert.InRange(publication.BytesSent, 8 * Mebi, 9 * Mebi);
        Assert.Equal(3, bench.Google.Storage.Chunks);
        await AssertReadsBackAsync(bench, publication);
        Assert.Equal([$"bucket {GcpBench.Bucket}", $"image {Name}"], bench.Everything());
    }

    [Fact]
    public async Task A_session_that_the_service_has_forgotten_is_begun_anew()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        string disk = SparseDisk.MakeFull(bench["disk"], 40 * Mebi, 1);
        await DieAfterChunksAsync(bench, disk, 2);
        bench.Google.Storage.Forget();

        Publication publication = await PublishedAsync(bench, disk, "image");

        Assert.InRange(publication.BytesSent, 40 * Mebi, 41 * Mebi);
        await AssertReadsBackAsync(bench, publication);
    }

    [Fact]
    public async Task An_upload_that_is_given_up_is_cancelled_at_the_service()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        await DieAfterChunksAsync(bench, SparseDisk.MakeFull(bench["disk"], 40 * Mebi, 1), 2);
        int open = bench.Google.Storage.OpenUploads;

        await PublishedAsync(bench, SparseDisk.Make(bench["other"], Mebi, 1, 2), "other");

        Assert.Equal(1, open);
        Assert.Equal(0, bench.Google.Storage.OpenUploads);
    }

    [Fact]
    public async Task An_object_that_arrived_damaged_becomes_no_image()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        bench.Google.Storage.Damages = true;

        DestinationResult result = await bench.PublishAsync(Samples.Image(SparseDisk.Make(bench["disk"], Mebi, 1, 1)));

        Assert.Equal(["IFU519"], result.Faults.Select(f => f.Code));
        Assert.Equal([$"bucket {GcpBench.Bucket}"], bench.Everything());
    }

    [Theory]
    [InlineData("QUOTA_EXCEEDED", "IFU507", ExitCode.Unavailable)]
    [InlineData("INTERNAL_ERROR", "IFU508", ExitCode.TryAgain)]
    [InlineData("INVALID_FIELD_VALUE", "IFU509", ExitCode.InvalidInput)]
    public async Task An_operation_that_ends_with_an_error_is_a_failure_and_leaves_nothing(string error, string code, ExitCode exit)
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        bench.Google.Compute.FailNext = error;
        PublishableImage image = Samples.Image(SparseDisk.Make(bench["disk"], Mebi, 1, 1));

        DestinationResult failed = await bench.PublishAsync(image);
        IReadOnlyList<string> left = bench.Everything();
        DestinationResult again = await bench.PublishAsync(image);

        Assert.Equal([(code, exit)], failed.Faults.Select(f => (f.Code, f.ExitCode)));
        Assert.Equal([$"bucket {GcpBench.Bucket}"], left);
        Assert.True(again.Succeeded);
    }

    [Fact]
    public async Task A_name_of_somebody_else_is_told_by_the_check_and_refused()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        bench.Asked = bench.Asked with { Name = "golden" };
        bench.Google.Compute.Images["golden"] = new FakeGcpImage("1", new JsonObject { ["name"] = "golden" }, []) { Status = "READY" };

        await using PreparedDestination destination = bench.Destination("tester");
        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([destination], Samples.Description, Never);
        DestinationResult result = await bench.PublishAsync(Samples.Image(SparseDisk.Make(bench["disk"], Mebi, 1, 1)));

        Assert.Equal(["IFU510"], faults.Select(f => f.Code));
        Assert.Equal(["IFU510"], result.Faults.Select(f => f.Code));
        Assert.Equal([$"bucket {GcpBench.Bucket}", "image golden"], bench.Everything());
    }

    [Fact]
    public async Task A_fixed_name_is_not_taken_from_an_earlier_image_unasked()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        bench.Asked = bench.Asked with { Name = "golden" };
        string disk = SparseDisk.Make(bench["disk"], Mebi, 1, 1);
        await PublishedAsync(bench, disk, "first");

        DestinationResult result = await bench.PublishAsync(Samples.Image(disk, "second"));

        Assert.Equal(["IFU511"], result.Faults.Select(f => f.Code));
        Assert.Equal([$"bucket {GcpBench.Bucket}", "image golden"], bench.Everything());
    }

    [Fact]
    public async Task An_image_that_a_disk_was_made_from_is_refused_without_force()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        await PublishedAsync(bench, SparseDisk.Make(bench["disk"], Mebi, 1, 1), "image");
        bench.Google.Compute.Disks[bench.Google.Compute.Images[Name].Id] = "node-1";

        await using PreparedDestination destination = bench.Destination("tester");
        RemovalResult refused = await PublishRun.UnpublishAsync([destination], Sha256.Of("image"), force: false, Never);
        int kept = bench.Google.Compute.Images.Count;
        RemovalResult forced = await PublishRun.UnpublishAsync([destination], Sha256.Of("image"), force: true, Never);

        Assert.Equal(["IFU107"], refused.Faults.Select(f => f.Code));
        Assert.Equal(1, kept);
        Assert.Empty(forced.Faults);
        Assert.Empty(bench.Google.Compute.Images);
    }

    [Fact]
    public async Task Old_objects_and_buckets_of_ours_and_failed_images_are_orphans_and_others_are_not()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        bench.Asked = bench.Asked with { Bucket = null };
        JsonObject ours = new() { ["imagefactory-owner"] = "tester" };
        FakeBucket old = Added("imagefactory-1", ours, hours: 5);
        old.Objects["imagefactory/tester/a"] = new FakeObject([1], "1", new JsonObject { ["metadata"] = ours.DeepClone() }) { Created = old.Created };
        old.Objects["imagefactory/tester/b"] = new FakeObject([1], "2", new JsonObject { ["metadata"] = ours.DeepClone() }) { Created = old.Created };
        Added("imagefactory-2", ours, hours: 1);
        Added("imagefactory-3", new JsonObject { ["imagefactory-owner"] = "other" }, hours: 5);
        bench.Google.Compute.Images["broken"] = new FakeGcpImage("7", new JsonObject { ["name"] = "broken", ["labels"] = ours.DeepClone() }, []) { Status = "FAILED" };

        await using PreparedDestination destination = bench.Destination("tester");
        RemovalResult result = await new PublishRun(bench["journals"], new Events(), TimeProvider.System).CollectAsync([destination], remove: true, Never);

        Assert.Empty(result.Faults);
        Assert.Equal(["broken", "imagefactory-1/imagefactory/tester/a", "imagefactory-1/imagefactory/tester/b", "imagefactory-1"], result.Objects.Select(o => o.Object.Id));
        Assert.Equal(["bucket imagefactory-2", "bucket imagefactory-3", $"bucket {GcpBench.Bucket}"], bench.Everything());

        FakeBucket Added(string name, JsonObject labels, int hours) =>
            bench.Google.Storage.Buckets[name] = new FakeBucket(new JsonObject { ["labels"] = labels.DeepClone() }) { Created = DateTimeOffset.UtcNow.AddHours(-hours) };
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_the_settings_is_told_at_once()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        await File.WriteAllTextAsync(bench["no.crt"], "no certificate", Never);
        bench.Asked = new GcpImageDestination
        {
            Project = "P",
            Bucket = "Upper",
            Location = "no where",
            Name = "9lives",
            Family = "pod_vm",
            Tags = new Dictionary<string, string> { ["Team"] = "A" },
            PlatformKey = new SourcePath("no.crt", bench["no.crt"]),
        };

        await using PreparedDestination destination = bench.Destination("dotted.owner");
        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([destination], Samples.Description with { Architecture = Architecture.S390x }, Never);

        Assert.Equal(["IFU503", "IFU506", "IFU506", "IFU506", "IFU506", "IFU506", "IFU506", "IFU111", "IFU516"], faults.Select(f => f.Code));
        Assert.Empty(bench.Google.Server.Lines);
    }

    [Fact]
    public async Task Everything_that_the_service_can_tell_is_told_at_once()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        bench.Google.Forbidden.UnionWith(["compute.images.create", "storage.objects.delete"]);
        bench.Google.Compute.Quota = (100, 100);

        await using PreparedDestination destination = bench.Destination("tester");
        IReadOnlyList<Fault> faults = await PublishRun.CheckAsync([destination], Samples.Description, Never);

        Assert.Equal(["IFU515", "IFU513", "IFU513"], faults.Select(f => f.Code));
        Assert.Contains("compute.images.create", faults[1].Message, StringComparison.Ordinal);
        Assert.Contains("storage.objects.delete", faults[2].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_bucket_the_rights_to_make_one_are_asked_for()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        bench.Asked = bench.Asked with { Bucket = null };
        await using PreparedDestination destination = bench.Destination("tester");
        IReadOnlyList<Fault> good = await PublishRun.CheckAsync([destination], Samples.Description, Never);
        bench.Google.Forbidden.Add("storage.buckets.create");

        IReadOnlyList<Fault> bad = await PublishRun.CheckAsync([destination], Samples.Description, Never);

        Assert.Empty(good);
        Assert.Equal(["IFU513"], bad.Select(f => f.Code));
    }

    [Fact]
    public async Task A_bucket_and_a_project_that_are_not_there_are_told()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        bench.Asked = bench.Asked with { Bucket = "another-bucket" };
        await using PreparedDestination first = bench.Destination("tester");
        bench.Asked = bench.Asked with { Project = "another-project" };
        await using PreparedDestination second = bench.Destination("tester");

        IReadOnlyList<Fault> bucket = await PublishRun.CheckAsync([first], Samples.Description, Never);
        IReadOnlyList<Fault> project = await PublishRun.CheckAsync([second], Samples.Description, Never);

        Assert.Equal(["IFU512"], bucket.Select(f => f.Code));
        Assert.Contains("IFU514", project.Select(f => f.Code));
    }

    [Fact]
    public async Task That_rights_cannot_be_asked_for_is_no_fault()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        bench.Google.NoResourceManager = true;
        bench.Google.Forbidden.Add("compute.projects.get");

        await using PreparedDestination destination = bench.Destination("tester");

        Assert.Empty(await PublishRun.CheckAsync([destination], Samples.Description, Never));
    }

    [Fact]
    public async Task Credentials_that_are_absent_or_wrong_are_told_once()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        using RSA other = RSA.Create(2048);
        JsonObject key = JsonNode.Parse(bench.Google.KeyFile)!.AsObject();
        key["private_key"] = other.ExportPkcs8PrivateKeyPem();
        List<string> codes = [];
        foreach (string credentials in (string[])[key.ToJsonString(), "no JSON", "{}", """{"type": "other"}"""])
        {
            bench.Environment["GCP_CREDENTIALS"] = credentials;
            await using PreparedDestination destination = bench.Destination("tester");
            codes.AddRange((await PublishRun.CheckAsync([destination], Samples.Description, Never)).Select(f => f.Code));
        }

        Assert.Equal(["IFU505", "IFU502", "IFU502", "IFU502"], codes);
    }

    [Fact]
    public async Task The_key_may_lie_in_a_file_and_settings_in_the_environment()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        await File.WriteAllTextAsync(bench["key.json"], bench.Google.KeyFile, Never);
        bench.Environment.Remove("GCP_CREDENTIALS");
        bench.Environment["GOOGLE_APPLICATION_CREDENTIALS"] = bench["key.json"];
        bench.Environment["GCP_PROJECT_ID"] = FakeGoogle.Project;
        bench.Environment["GCP_BUCKET_NAME"] = GcpBench.Bucket;
        bench.Environment["GCP_ZONE"] = "europe-west4-a";
        bench.Asked = new GcpImageDestination();

        await PublishedAsync(bench, SparseDisk.Make(bench["disk"], Mebi, 1, 1), "image");

        Assert.Equal("europe-west4", (string?)bench.Google.Compute.Images[Name].Asked["storageLocations"]![0]);
    }

    [Fact]
    public async Task Secrets_are_in_no_event_fault_or_publication_and_the_mask_knows_them()
    {
        await using GcpBench bench = await GcpBench.StartAsync();
        PublishableImage image = Samples.Image(SparseDisk.Make(bench["disk"], Mebi, 1, 1));
        int requests = 0;
        foreach (Mishap mishap in (Mishap[])[Mishap.Refused, Mishap.Unavailable])
        {
            // First every request from the fifth on, then none.
            bench.Google.Server.Fault = _ => ++requests > 5 && mishap == Mishap.Refused ? mishap : null;
            DestinationResult result = await bench.PublishAsync(image);
            string all = string.Join('\n', [.. bench.Events.All.Select(e => e.ToString()), .. result.Faults.Select(f => f.ToString()), result.Publication?.ToString() ?? "", .. result.Publication?.Objects.Values ?? []]);
            Assert.DoesNotContain("canary", all, StringComparison.Ordinal);
            Assert.DoesNotContain("PRIVATE KEY", all, StringComparison.Ordinal);
        }

        Assert.Contains(bench.Concealed, c => c.StartsWith("canary-token-", StringComparison.Ordinal));
        Assert.Contains(bench.Concealed, c => c.Contains("canary-session-", StringComparison.Ordinal));
        Assert.Contains(bench.Concealed, c => c.StartsWith("-----BEGIN PRIVATE KEY", StringComparison.Ordinal));
        Assert.All(Directory.GetFiles(bench["journals"]), f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
    }

    private static async Task DieAfterChunksAsync(GcpBench bench, string disk, int chunks)
    {
        bool dead = false;
        HttpMessageHandler Dying() => new DyingHandler(FakeServer.Trusting(), answered: true, () => dead, () => bench.Google.Storage.Chunks >= chunks, () => dead = true);
        await using PreparedDestination destination = bench.Destination("tester", Dying);
        PublishableImage image = Samples.Image(disk);
        using PublicationJournal journal = PublicationJournal.TryOpen(bench["journals"], destination.Publisher.Place)!;
        journal.Begin(image.Digest, "here");
        await Assert.ThrowsAnyAsync<Exception>(() => destination.Publisher.PublishAsync(image, journal, new Progress<TransferProgress>(), Never));
        Assert.True(dead);
    }

    private static async Task<Publication> PublishedAsync(GcpBench bench, string disk, string digestOf)
    {
        DestinationResult result = await bench.PublishAsync(Samples.Image(disk, digestOf));
        Assert.True(result.Succeeded, string.Join('\n', result.Faults));
        return result.Publication!;
    }

    private static async Task AssertReadsBackAsync(GcpBench bench, Publication publication)
    {
        await bench.ReadBackAsync(publication, bench["back"]);
        byte[] disk = await File.ReadAllBytesAsync(bench["disk"], Never);
        byte[] back = new byte[disk.Length];
        await using FileStream copy = File.OpenRead(bench["back"]);
        await copy.ReadExactlyAsync(back, Never);
        Assert.True(disk.AsSpan().SequenceEqual(back));
    }

    /// <summary>Name and size, as GNU tar lists them.</summary>
    private static string Listed(GcpBench bench, Publication publication)
    {
        File.WriteAllBytes(bench["archive"], bench.ArchiveOf(publication.Id));
        string[] words = Tool.Run("tar", "--list", "--verbose", "--gzip", "--file", bench["archive"]).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return $"{words[^1]} {words[2]}";
    }

    private static byte[] Certificate(string subject)
    {
        using RSA key = RSA.Create(2048);
        using X509Certificate2 certificate = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return certificate.RawData;
    }
}
