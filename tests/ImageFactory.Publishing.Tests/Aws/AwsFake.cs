using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ImageFactory.Publishing.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ImageFactory.Publishing.Tests.Aws;

/// <summary>
/// EC2, EBS direct and STS of all regions on one loopback address. Keeps what it is given and refuses what the services refuse: unsigned
/// requests, blocks of another size or with another digest, wrong counts, names that are taken, snapshots in use, …
/// New objects are seen only after a few looks, and states change with looks, as they do in truth.
/// </summary>
internal sealed partial class AwsFake : IAsyncDisposable
{
    public const string Account = "123456789012";
    public const string KeyId = "AKIDEXAMPLE";
    public const string SecretKey = "canary-wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private const int BlockSize = 524_288;

    private readonly Lock gate = new();
    private readonly WebApplication server;
    private int ids;

    private AwsFake(WebApplication server) => this.server = server;

    public string Address { get; private set; } = "";

    public FaultPlan Faults { get; } = new();

    public ConcurrentQueue<string> Log { get; } = new();

    public List<FakeSnapshot> Snapshots { get; } = [];

    public List<FakeImage> Images { get; } = [];

    /// <summary>Operations that these credentials may not do.</summary>
    public HashSet<string> Forbidden { get; } = [];

    /// <summary>Of the account, by service and code; none may be asked for when null. What is not here the service does not know.</summary>
    public Dictionary<string, double>? Quotas { get; set; } = new() { ["ebs L-309BACF6"] = 100_000, ["ec2 L-B665C33B"] = 50_000, ["ec2 L-0E3CBAB9"] = 5 };

    /// <summary>Regions in which the account blocks public images.</summary>
    public HashSet<string> PublicBlocked { get; } = [];

    /// <summary>Instances by the image that they run.</summary>
    public Dictionary<string, string> Instances { get; } = [];

    /// <summary>How many looks pass before a new object is seen, and again before it is ready.</summary>
    public int Lag { get; set; } = 1;

    public static async Task<AwsFake> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0));
        WebApplication server = builder.Build();
        AwsFake fake = new(server);
        server.Run(fake.ServeAsync);
        await server.StartAsync();
        fake.Address = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return fake;
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    /// <summary>Everything there is, for comparisons.</summary>
    public IReadOnlyList<string> Everything()
    {
        lock (gate)
            return [.. Snapshots.Select(s => $"{s.Region} {s.Id} {s.State}"), .. Images.Where(i => i.State != "deregistered").Select(i => $"{i.Region} {i.Id} {i.Name} {i.State}"), .. Objects.Keys.Select(k => $"object {k}"), .. Uploads.Keys.Select(u => $"upload {u}"), .. Imports.Where(i => i.Status == "active").Select(i => $"import {i.Id}")];
    }

    private async Task ServeAsync(HttpContext context)
    {
        using MemoryStream buffer = new();
        await context.Request.Body.CopyToAsync(buffer);
        FaultKind fault = Faults.Next();
        if (fault is FaultKind.ResetBefore or FaultKind.Dead)
        {
            context.Abort();
            return;
        }

        if (fault == FaultKind.Slow)
            await Task.Delay(50, context.RequestAborted);

        (int status, string type, string body, Action<HttpResponse>? headers) answer;
        try
        {
            answer = Handle(context.Request, buffer.ToArray(), fault);
        }
        catch (AwsRefusal e)
        {
            bool ebs = context.Request.Path.Value!.StartsWith("/snapshots", StringComparison.Ordinal) || context.Request.Headers.ContainsKey("X-Amz-Target");
            answer = ebs
                ? (e.Status, "application/json", JsonSerializer.Serialize(new { e.Message }), r => r.Headers["x-amzn-ErrorType"] = e.Code + ":http://internal.amazon.com/")
                : (e.Status, "text/xml", $"<Response><Errors><Error><Code>{e.Code}</Code><Message>{WebUtility.HtmlEncode(e.Message)}</Message></Error></Errors><RequestID>r</RequestID></Response>", null);
        }

        if (fault == FaultKind.LostAnswer)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = answer.status;
        context.Response.ContentType = answer.type;
        answer.headers?.Invoke(context.Response);
        byte[] bytes = Encoding.UTF8.GetBytes(answer.body);
        if (fault == FaultKind.Truncated)
        {
            context.Response.ContentLength = bytes.Length + 10;
            await context.Response.Body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return;
        }

        await context.Response.Body.WriteAsync(bytes);
    }

    private (int Status, string Type, string Body, Action<HttpResponse>? Headers) Handle(HttpRequest request, byte[] body, FaultKind fault)
    {
        (string service, string region) = SignatureCheck.Verify(request, body, SecretKey, DateTimeOffset.UtcNow);
        bool ebs = service == "ebs";
        Dictionary<string, string> form = ebs || service is "s3" or "servicequotas" ? [] : FormOf(body);
        string operation = ebs || service == "s3" ? $"{request.Method} {request.Path}" : form.GetValueOrDefault("Action", "");
        Log.Enqueue($"{service} {region} {operation}");
        switch (fault)
        {
            case FaultKind.Error503:
                throw new AwsRefusal(503, ebs ? "InternalServerException" : "Unavailable", "try later");
            case FaultKind.Throttled:
                throw ebs ? new AwsRefusal(400, "RequestThrottledException", "slow down") : new AwsRefusal(503, "RequestLimitExceeded", "Request limit exceeded.");
            case FaultKind.Denied:
                throw new AwsRefusal(403, ebs ? "AccessDeniedException" : "UnauthorizedOperation", "You are not authorized to perform this operation.");
        }

        lock (gate)
        {
            return service switch
            {
                "ebs" => Ebs(request, region, body),
                "servicequotas" => Quota(request, body),
                "s3" => S3(request, body),
                "iam" => (200, "text/xml", Iam(form), null),
                "ec2" => (200, "text/xml", Ec2(form, region).ToString(SaveOptions.DisableFormatting), null),
                "sts" => (200, "text/xml", $"<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::{Account}:user/tester</Arn><Account>{Account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>", null),
                _ => throw new AwsRefusal(403, "SignatureDoesNotMatch", "Credential should be scoped to correct service"),
            };
        }
    }

    private static Dictionary<string, string> FormOf(byte[] body) => Encoding.UTF8.GetString(body).Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(p => p.Split('=', 2)).ToDictionary(p => WebUtility.UrlDecode(p[0]), p => WebUtility.UrlDecode(p[1]), StringComparer.Ordinal);

    /// <summary>The JSON 1.1 protocol of Service Quotas.</summary>
    private (int, string, string, Action<HttpResponse>?) Quota(HttpRequest request, byte[] body)
    {
        if (request.Method != "POST" || request.Headers["X-Amz-Target"] != "ServiceQuotasV20190624.GetServiceQuota" || request.ContentType != "application/x-amz-json-1.1")
            throw new AwsRefusal(400, "UnknownOperationException", "");
        if (Quotas is null)
            throw new AwsRefusal(400, "AccessDeniedException", "not authorized to perform: servicequotas:GetServiceQuota");
        using JsonDocument json = JsonDocument.Parse(body);
        (string service, string code) = (json.RootElement.GetProperty("ServiceCode").GetString()!, json.RootElement.GetProperty("QuotaCode").GetString()!);
        return Quotas.TryGetValue($"{service} {code}", out double value)
            ? (200, "application/x-amz-json-1.1", JsonSerializer.Serialize(new { Quota = new { ServiceCode = service, QuotaCode = code, Value = value, Adjustable = true } }), null)
            : throw new AwsRefusal(400, "NoSuchResourceException", "The request failed because the specified resource doesn't exist.");
    }

    private string NewId(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{++ids:x17}");

    private (int Status, string Type, string Body, Action<HttpResponse>? Headers) Ebs(HttpRequest request, string region, byte[] body)
    {
        string[] path = request.Path.Value!.Trim('/').Split('/');
        return (request.Method, path) switch
        {
            ("POST", ["snapshots"]) => Start(region, body),
            ("PUT", ["snapshots", string id, "blocks", string index]) => Put(request, Pending(region, id), int.Parse(index, CultureInfo.InvariantCulture), body),
            ("POST", ["snapshots", "completion", string id]) => Complete(request, Pending(region, id)),
            _ => throw new AwsRefusal(400, "ValidationException", "no such operation"),
        };
    }

    private (int, string, string, Action<HttpResponse>?) Start(string region, byte[] body)
    {
        using JsonDocument json = JsonDocument.Parse(body);
        JsonElement root = json.RootElement;
        foreach (string name in root.EnumerateObject().Select(p => p.Name))
        {
            if (name is not ("VolumeSize" or "ClientToken" or "Description" or "Tags" or "Timeout" or "Encrypted" or "KmsKeyArn" or "ParentSnapshotId"))
                throw new AwsRefusal(400, "ValidationException", $"unknown member {name}");
        }

        long size = root.TryGetProperty("VolumeSize", out JsonElement s) ? s.GetInt64() : throw new AwsRefusal(400, "ValidationException", "VolumeSize is required");
        string? token = root.GetProperty("ClientToken").GetString();
        string text = Encoding.UTF8.GetString(body);
        if (size is < 1 or > 65536 || token is not { Length: > 0 and <= 255 } || root.GetProperty("Description").GetString()!.Length > 255 || root.GetProperty("Timeout").GetInt32() is < 10 or > 4320)
            throw new AwsRefusal(400, "ValidationException", "INVALID_PARAMETER_VALUE");
        if (Snapshots.FirstOrDefault(x => x.Region == region && x.Token == token) is { } same)
            return same.Request == text ? Started(same) : throw new AwsRefusal(409, "ConflictException", "the token was used with other parameters");
        Dictionary<string, string> tags = root.GetProperty("Tags").EnumerateArray().ToDictionary(t => t.GetProperty("Key").GetString()!, t => t.GetProperty("Value").GetString()!);
        CheckTags(tags);
        FakeSnapshot snapshot = new(region, NewId("snap"), size, token, text, tags) { HiddenFor = Lag };
        Snapshots.Add(snapshot);
        return Started(snapshot);
    }

    private static (int, string, string, Action<HttpResponse>?) Started(FakeSnapshot snapshot) =>
        (201, "application/json", JsonSerializer.Serialize(new { SnapshotId = snapshot.Id, snapshot.VolumeSize, BlockSize, Status = "pending" }), null);

    private FakeSnapshot Pending(string region, string id)
    {
        FakeSnapshot snapshot = Snapshots.FirstOrDefault(s => s.Region == region && s.Id == id && !s.Deleted) ?? throw new AwsRefusal(404, "ResourceNotFoundException", "SNAPSHOT_NOT_FOUND");
        return snapshot is { State: "pending", Completing: false } ? snapshot : throw new AwsRefusal(400, "ValidationException", "the snapshot is not pending");
    }

    private static (int, string, string, Action<HttpResponse>?) Put(HttpRequest request, FakeSnapshot snapshot, int index, byte[] body)
    {
        if (body.Length != BlockSize || request.Headers["x-amz-Data-Length"] != "524288")
            throw new AwsRefusal(400, "ValidationException", "the data length is not 524288");
        if (index < 0 || index >= snapshot.VolumeSize * 2048)
            throw new AwsRefusal(400, "ValidationException", "INVALID_BLOCK");
        byte[] digest = SHA256.HashData(body);
        if (request.Headers["x-amz-Checksum-Algorithm"] != "SHA256" || request.Headers["x-amz-Checksum"] != Convert.ToBase64String(digest))
            throw new AwsRefusal(400, "ValidationException", "the checksum does not match");
        snapshot.Blocks[index] = body;
        return (201, "application/json", "", r => r.Headers["x-amz-Checksum"] = Convert.ToBase64String(digest));
    }

    private (int, string, string, Action<HttpResponse>?) Complete(HttpRequest request, FakeSnapshot snapshot)
    {
        if (request.Headers["x-amz-ChangedBlocksCount"] != snapshot.Blocks.Count.ToString(CultureInfo.InvariantCulture))
            throw new AwsRefusal(400, "ValidationException", $"ChangedBlocksCount is {request.Headers["x-amz-ChangedBlocksCount"]}, {snapshot.Blocks.Count} blocks were written");
        string aggregate = Convert.ToBase64String(SHA256.HashData([.. snapshot.Blocks.OrderBy(b => b.Key).SelectMany(b => SHA256.HashData(b.Value))]));
        if (request.Headers["x-amz-Checksum"] != aggregate || request.Headers["x-amz-Checksum-Algorithm"] != "SHA256" || request.Headers["x-amz-Checksum-Aggregation-Method"] != "LINEAR")
            throw new AwsRefusal(400, "ValidationException", "the aggregate checksum does not match");
        snapshot.Completing = true;
        snapshot.PendingFor = Lag;
        return (202, "application/json", "{\"Status\":\"pending\"}", null);
    }

    private XElement Ec2(Dictionary<string, string> form, string region)
    {
        string action = form["Action"];
        if (form.GetValueOrDefault("Version") != "2016-11-15")
            throw new AwsRefusal(400, "InvalidParameterValue", "the version is not known");
        if (Forbidden.Contains(action))
            throw new AwsRefusal(403, "UnauthorizedOperation", "You are not authorized to perform this operation.");
        if (form.GetValueOrDefault("DryRun") == "true")
            throw new AwsRefusal(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
        return action switch
        {
            "DescribeImages" => DescribeImages(form, region),
            "DescribeSnapshots" => DescribeSnapshots(form, region),
            "DescribeInstances" => Answer(action, new XElement("reservationSet", Instances.Where(i => i.Key == form.GetValueOrDefault("Filter.1.Value.1")).Select(i => new XElement("item", new XElement("instancesSet", new XElement("item", new XElement("instanceId", i.Value))))))),
            "ImportSnapshot" => Import(form, region),
            "DescribeImportSnapshotTasks" => DescribeImports(form, region),
            "CancelImportTask" => CancelImport(form),
            "GetImageBlockPublicAccessState" => Answer(action, new XElement("imageBlockPublicAccessState", PublicBlocked.Contains(region) ? "block-new-sharing" : "unblocked"), new XElement("managedBy", "account")),
            "CreateTags" => CreateTags(form, region),
            "RegisterImage" => Register(form, region),
            "CopyImage" => Copy(form, region),
            "DeregisterImage" => Deregister(form, region),
            "DeleteSnapshot" => Delete(form, region),
            "ModifyImageAttribute" => Modify(form, region),
            "EnableImageDeprecation" => Deprecate(form, region),
            _ => throw new AwsRefusal(400, "InvalidAction", $"The action {action} is not valid for this web service."),
        };
    }

    private static XElement Answer(string action, params object[] content)
    {
        XElement answer = new(action + "Response", content);
        XNamespace ns = "http://ec2.amazonaws.com/doc/2016-11-15/";
        foreach (XElement element in answer.DescendantsAndSelf())
            element.Name = ns + element.Name.LocalName;
        return answer;
    }

    private static IEnumerable<(string Name, string[] Values)> FiltersOf(Dictionary<string, string> form)
    {
        for (int i = 1; form.TryGetValue($"Filter.{i}.Name", out string? name); i++)
        {
            string prefix = $"Filter.{i}.Value.";
            yield return (name, [.. form.Where(f => f.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(f => f.Value)]);
        }
    }

    private XElement DescribeImages(Dictionary<string, string> form, string region)
    {
        if (form.GetValueOrDefault("Owner.1") != "self")
            throw new AwsRefusal(400, "InvalidParameterValue", "all images of the world were asked for");
        List<FakeImage> seen = [];
        foreach (FakeImage image in Images.Where(i => i.Region == region).ToArray())
        {
            if (image.HiddenFor-- > 0)
                continue;
            if (image.State == "pending" && image.PendingFor-- <= 0)
                image.State = "available";
            if (image.State == "deregistered" && image.PendingFor-- <= 0)
                Images.Remove(image);
            else if (FiltersOf(form).All(f => f.Name == "is-public" ? f.Values.Contains(image.Permissions.Contains("all") ? "true" : "false") : Matches(f, image.Id, image.Name, image.Tags)))
                seen.Add(image);
        }

        (IEnumerable<FakeImage> page, string? next) = Page(seen, form);
        return Answer("DescribeImages", new XElement("imagesSet", page.Select(i => new XElement(
            "item",
            new XElement("imageId", i.Id), new XElement("name", i.Name), new XElement("imageState", i.State), new XElement("creationDate", "2026-01-01T00:00:00.000Z"),
            new XElement("blockDeviceMapping", i.State == "pending" ? [] : new[] { new XElement("item", new XElement("deviceName", "/dev/xvda"), new XElement("ebs", new XElement("snapshotId", i.Snapshot))) }),
            TagSet(i.Tags)))), Next(next));
    }

    private XElement DescribeSnapshots(Dictionary<string, string> form, string region)
    {
        List<FakeSnapshot> seen = [];
        foreach (FakeSnapshot snapshot in Snapshots.Where(s => s.Region == region && !s.Deleted))
        {
            if (snapshot.HiddenFor-- > 0)
                continue;
            if (snapshot.Completing && snapshot.PendingFor-- <= 0)
                snapshot.State = "completed";
            if (FiltersOf(form).All(f => f.Name == "snapshot-id" ? f.Values.Contains(snapshot.Id) : Matches(f, snapshot.Id, "", snapshot.Tags)))
                seen.Add(snapshot);
        }

        (IEnumerable<FakeSnapshot> page, string? next) = Page(seen, form);
        return Answer("DescribeSnapshots", new XElement("snapshotSet", page.Select(s => new XElement(
            "item", new XElement("snapshotId", s.Id), new XElement("status", s.State), new XElement("startTime", s.Started.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)), TagSet(s.Tags)))),
            Next(next));
    }

    /// <summary>Two to a page, whatever was asked for: a page may be short, and even empty while there are more.</summary>
    private static (IEnumerable<T> Page, string? Next) Page<T>(List<T> all, Dictionary<string, string> form)
    {
        if (!int.TryParse(form.GetValueOrDefault("MaxResults", "5"), out int most) || most is < 5 or > 1000)
            throw new AwsRefusal(400, "InvalidParameterValue", "MaxResults");
        int start = form.TryGetValue("NextToken", out string? token) ? int.Parse(token, CultureInfo.InvariantCulture) : 0;
        return (all.Skip(start).Take(2), start + 2 < all.Count ? (start + 2).ToString(CultureInfo.InvariantCulture) : null);
    }

    private static XElement[] Next(string? token) => token is null ? [] : [new XElement("nextToken", token)];

    private static bool Matches((string Name, string[] Values) filter, string id, string name, Dictionary<string, string> tags) => filter.Name switch
    {
        "image-id" => filter.Values.Contains(id),
        "name" => filter.Values.Contains(name),
        _ when filter.Name.StartsWith("tag:", StringComparison.Ordinal) => tags.TryGetValue(filter.Name[4..], out string? value) && filter.Values.Contains(value),
        _ => throw new AwsRefusal(400, "InvalidParameterValue", $"The filter '{filter.Name}' is invalid"),
    };

    private static XElement TagSet(Dictionary<string, string> tags) =>
        new("tagSet", tags.Select(t => new XElement("item", new XElement("key", t.Key), new XElement("value", t.Value))));

    private static Dictionary<string, string> TagsFor(Dictionary<string, string> form, string type, params string[] allowed)
    {
        Dictionary<string, string> tags = [];
        for (int i = 1; form.TryGetValue($"TagSpecification.{i}.ResourceType", out string? resource); i++)
        {
            if (!allowed.Contains(resource))
                throw new AwsRefusal(400, "InvalidParameterValue", $"'{resource}' is not a valid taggable resource type for this operation.");
            for (int t = 1; resource == type && form.TryGetValue($"TagSpecification.{i}.Tag.{t}.Key", out string? key); t++)
                tags[key] = form[$"TagSpecification.{i}.Tag.{t}.Value"];
        }

        CheckTags(tags);
        return tags;
    }

    private static void CheckTags(Dictionary<string, string> tags)
    {
        if (tags.Count > 50 || tags.Any(t => t.Key.Length is 0 or > 127 || t.Value.Length > 255 || t.Key.StartsWith("aws:", StringComparison.Ordinal)))
            throw new AwsRefusal(400, "InvalidParameterValue", "a tag is not valid");
    }

    private void CheckName(string region, string name)
    {
        if (!AmiName().IsMatch(name))
            throw new AwsRefusal(400, "InvalidAMIName.Malformed", $"AMI name '{name}' is malformed");
        if (Images.FirstOrDefault(i => i.Region == region && i.Name == name && i.State != "deregistered") is { } taken)
            throw new AwsRefusal(400, "InvalidAMIName.Duplicate", $"AMI name {name} is already in use by AMI {taken.Id}");
    }

    private XElement Register(Dictionary<string, string> form, string region)
    {
        string name = form.GetValueOrDefault("Name") ?? throw new AwsRefusal(400, "MissingParameter", "Name");
        CheckName(region, name);
        if (form.GetValueOrDefault("RootDeviceName") != form.GetValueOrDefault("BlockDeviceMapping.1.DeviceName") || form.ContainsKey("BlockDeviceMapping.1.Ebs.Encrypted"))
            throw new AwsRefusal(400, "InvalidBlockDeviceMapping", "the root device is not mapped, or encryption was asked for");
        FakeSnapshot snapshot = Snapshots.FirstOrDefault(s => s.Region == region && !s.Deleted && s.Id == form.GetValueOrDefault("BlockDeviceMapping.1.Ebs.SnapshotId"))
            ?? throw new AwsRefusal(400, "InvalidSnapshot.NotFound", "The snapshot does not exist.");
        if (snapshot.State != "completed")
            throw new AwsRefusal(400, "IncorrectState", "the snapshot is not completed");
        if (long.Parse(form["BlockDeviceMapping.1.Ebs.VolumeSize"], CultureInfo.InvariantCulture) < snapshot.VolumeSize)
            throw new AwsRefusal(400, "InvalidBlockDeviceMapping", "Volume is smaller than the snapshot");
        if (form.GetValueOrDefault("TpmSupport") is { } tpm && (tpm != "v2.0" || form.GetValueOrDefault("BootMode") != "uefi"))
            throw new AwsRefusal(400, "InvalidParameterCombination", "TPM needs UEFI");
        FakeImage image = new(region, NewId("ami"), name, snapshot.Id, TagsFor(form, "image", "image")) { Request = form, HiddenFor = Lag, PendingFor = Lag };
        Images.Add(image);
        return Answer("RegisterImage", new XElement("imageId", image.Id));
    }

    private XElement Copy(Dictionary<string, string> form, string region)
    {
        if (Images.FirstOrDefault(i => i.Region == region && i.Token == form.GetValueOrDefault("ClientToken") && i.Token is not null) is { } same)
            return Answer("CopyImage", new XElement("imageId", same.Id));
        CheckName(region, form["Name"]);
        FakeImage source = Images.FirstOrDefault(i => i.Region == form["SourceRegion"] && i.Id == form["SourceImageId"] && i.State == "available")
            ?? throw new AwsRefusal(400, "InvalidAMIID.NotFound", "The image does not exist.");
        FakeSnapshot original = Snapshots.First(s => s.Id == source.Snapshot);
        FakeSnapshot snapshot = new(region, NewId("snap"), original.VolumeSize, null, "", TagsFor(form, "snapshot", "image", "snapshot")) { State = "completed" };
        foreach ((int index, byte[] block) in original.Blocks)
            snapshot.Blocks[index] = block;
        Snapshots.Add(snapshot);
        FakeImage image = new(region, NewId("ami"), form["Name"], snapshot.Id, TagsFor(form, "image", "image", "snapshot")) { Token = form.GetValueOrDefault("ClientToken"), HiddenFor = Lag, PendingFor = Lag };
        Images.Add(image);
        return Answer("CopyImage", new XElement("imageId", image.Id));
    }

    private FakeImage ImageOf(Dictionary<string, string> form, string region)
    {
        FakeImage? image = Images.FirstOrDefault(i => i.Region == region && i.Id == form["ImageId"]);
        return image is null or { State: "deregistered" } ? throw new AwsRefusal(400, image is null ? "InvalidAMIID.NotFound" : "InvalidAMIID.Unavailable", "The image does not exist.") : image;
    }

    private XElement Deregister(Dictionary<string, string> form, string region)
    {
        FakeImage image = ImageOf(form, region);
        image.State = "deregistered";
        image.PendingFor = Lag;
        return Answer("DeregisterImage", new XElement("return", "true"));
    }

    private XElement Delete(Dictionary<string, string> form, string region)
    {
        FakeSnapshot snapshot = Snapshots.FirstOrDefault(s => s.Region == region && !s.Deleted && s.Id == form["SnapshotId"]) ?? throw new AwsRefusal(400, "InvalidSnapshot.NotFound", "The snapshot does not exist.");
        if (Images.FirstOrDefault(i => i.Snapshot == snapshot.Id && i.State != "deregistered") is { } user)
            throw new AwsRefusal(400, "InvalidSnapshot.InUse", $"The snapshot {snapshot.Id} is currently in use by {user.Id}");
        snapshot.Deleted = true;
        Snapshots.Remove(snapshot);
        return Answer("DeleteSnapshot", new XElement("return", "true"));
    }

    private XElement Modify(Dictionary<string, string> form, string region)
    {
        FakeImage image = ImageOf(form, region);
        bool users = form.Keys.Any(k => k.EndsWith(".UserId", StringComparison.Ordinal));
        bool groups = form.Keys.Any(k => k.EndsWith(".Group", StringComparison.Ordinal));
        if (image.State != "available")
            throw new AwsRefusal(400, "InvalidAMIID.Unavailable", "the image is not available");
        if (!users && !groups)
            throw new AwsRefusal(400, "InvalidParameterCombination", "one attribute at a time");
        foreach (string value in form.Where(f => f.Key.StartsWith("LaunchPermission.Add.", StringComparison.Ordinal)).Select(f => f.Value))
        {
            if (value != "all" && (value.Length != 12 || !value.All(char.IsAsciiDigit)))
                throw new AwsRefusal(400, "InvalidAMIAttributeItemValue", $"Invalid attribute item value \"{value}\"");
            if (value == "all" && PublicBlocked.Contains(region))
                throw new AwsRefusal(400, "OperationNotPermitted", "public sharing of images is blocked for this account");
            image.Permissions.Add(value);
        }

        return Answer("ModifyImageAttribute", new XElement("return", "true"));
    }

    private XElement Deprecate(Dictionary<string, string> form, string region)
    {
        FakeImage image = ImageOf(form, region);
        DateTimeOffset at = DateTimeOffset.ParseExact(form["DeprecateAt"], "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        if (at < DateTimeOffset.UtcNow || at > DateTimeOffset.UtcNow.AddYears(10))
            throw new AwsRefusal(400, "InvalidParameterValue", "DeprecateAt");
        image.DeprecateAt = at;
        return Answer("EnableImageDeprecation", new XElement("return", "true"));
    }

    [GeneratedRegex(@"^[A-Za-z0-9()\[\] ./\-'@_]{3,128}$")]
    private static partial Regex AmiName();
}
