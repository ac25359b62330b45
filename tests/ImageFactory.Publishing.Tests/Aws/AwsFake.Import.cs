using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using ImageFactory.Images;
using ImageFactory.Images.Extents;
using Microsoft.AspNetCore.Http;

namespace ImageFactory.Publishing.Tests.Aws;

/// <summary>What an import needs: a bucket, the role that the service takes on, and tasks that end after some looks.</summary>
internal sealed partial class AwsFake
{
    public const string Bucket = "staging";

    private const int LeastPart = 5 << 20;

    public Dictionary<string, byte[]> Objects { get; } = [];

    public Dictionary<string, Dictionary<int, byte[]>> Uploads { get; } = [];

    public List<FakeImport> Imports { get; } = [];

    /// <summary>Who may take the role on; null: there is no such role.</summary>
    public string? Trusted { get; set; } = "vmie.amazonaws.com";

    /// <summary>Set: imports end with this.</summary>
    public string? ImportError { get; set; }

    private Dictionary<string, string> UploadKeys { get; } = [];

    private (int Status, string Type, string Body, Action<HttpResponse>? Headers) S3(HttpRequest request, byte[] body)
    {
        string[] path = request.Path.Value!.TrimStart('/').Split('/', 2);
        string key = path.Length > 1 ? path[1] : "";
        if (path[0] != Bucket)
            throw new AwsRefusal(404, "NoSuchBucket", "The specified bucket does not exist");
        string? upload = request.Query["uploadId"].FirstOrDefault();
        if (upload is not null && !Uploads.ContainsKey(upload))
            throw new AwsRefusal(404, "NoSuchUpload", "The specified multipart upload does not exist.");
        switch (request.Method)
        {
            case "HEAD":
                return key.Length == 0 || Objects.ContainsKey(key) ? (200, "application/xml", "", null) : throw new AwsRefusal(404, "404", "Not Found");
            case "POST" when request.Query.ContainsKey("uploads"):
                string id = NewId("upload");
                Uploads[id] = [];
                UploadKeys[id] = key;
                return Xml("InitiateMultipartUploadResult", new XElement("UploadId", id));
            case "PUT" when upload is not null:
                Uploads[upload][int.Parse(request.Query["partNumber"]!, CultureInfo.InvariantCulture)] = body;
                return (200, "application/xml", "", r => r.Headers.ETag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body))}\"");
            case "POST" when upload is not null:
                return Complete(upload, key, body);
            case "DELETE" when upload is not null:
                Uploads.Remove(upload);
                return (204, "application/xml", "", null);
            case "DELETE":
                Objects.Remove(key);
                return (204, "application/xml", "", null);
            case "GET" when request.Query.ContainsKey("uploads"):
                return Xml("ListMultipartUploadsResult", [.. Uploads.Keys.Where(u => UploadKeys[u].StartsWith(request.Query["prefix"].ToString(), StringComparison.Ordinal)).Select(u => new XElement("Upload", new XElement("Key", UploadKeys[u]), new XElement("UploadId", u)))]);
            case "GET" when request.Query["list-type"] == "2":
                return Xml("ListBucketResult", [.. Objects.Keys.Where(k => k.StartsWith(request.Query["prefix"].ToString(), StringComparison.Ordinal)).Select(k => new XElement("Contents", new XElement("Key", k), new XElement("LastModified", "2026-01-01T00:00:00.000Z")))]);
            default:
                throw new AwsRefusal(405, "MethodNotAllowed", request.Method);
        }
    }

    private (int Status, string Type, string Body, Action<HttpResponse>? Headers) Complete(string upload, string key, byte[] body)
    {
        Dictionary<int, byte[]> parts = Uploads[upload];
        XElement[] named = [.. XElement.Parse(Encoding.UTF8.GetString(body)).Elements("Part")];
        int[] numbers = [.. named.Select(p => (int)p.Element("PartNumber")!)];
        if (!numbers.SequenceEqual(numbers.Order()) || numbers.Length == 0)
            throw new AwsRefusal(400, "InvalidPartOrder", "The list of parts was not in ascending order.");
        if (named.Any(p => !parts.TryGetValue((int)p.Element("PartNumber")!, out byte[]? part) || (string)p.Element("ETag")! != $"\"{Convert.ToHexStringLower(SHA256.HashData(part))}\""))
            throw new AwsRefusal(400, "InvalidPart", "One or more of the specified parts could not be found.");
        if (numbers.SkipLast(1).Any(n => parts[n].Length < LeastPart))
            throw new AwsRefusal(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
        Objects[key] = [.. numbers.SelectMany(n => parts[n])];
        Uploads.Remove(upload);
        return Xml("CompleteMultipartUploadResult", new XElement("Key", key));
    }

    private static (int Status, string Type, string Body, Action<HttpResponse>? Headers) Xml(string name, params object[] content)
    {
        XNamespace ns = "http://s3.amazonaws.com/doc/2006-03-01/";
        XElement answer = new(name, content);
        foreach (XElement element in answer.DescendantsAndSelf())
            element.Name = ns + element.Name.LocalName;
        return (200, "application/xml", answer.ToString(SaveOptions.DisableFormatting), null);
    }

    private string Iam(Dictionary<string, string> form)
    {
        if (form["Action"] != "GetRole" || form["Version"] != "2010-05-08")
            throw new AwsRefusal(400, "InvalidAction", form["Action"]);
        if (Forbidden.Contains("GetRole"))
            throw new AwsRefusal(403, "AccessDenied", "User is not authorized to perform: iam:GetRole");
        if (Trusted is null)
            throw new AwsRefusal(404, "NoSuchEntity", $"The role with name {form["RoleName"]} cannot be found.");
        string policy = Uri.EscapeDataString($$"""{"Statement":[{"Effect":"Allow","Principal":{"Service":"{{Trusted}}"},"Action":"sts:AssumeRole"}]}""");
        return $"<GetRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRoleResult><Role><AssumeRolePolicyDocument>{policy}</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>";
    }

    private XElement Import(Dictionary<string, string> form, string region)
    {
        string token = form["ClientToken"];
        if (Imports.FirstOrDefault(i => i.Token == token) is { } same)
            return Answer("ImportSnapshot", new XElement("importTaskId", same.Id));
        if (form["DiskContainer.Format"] != "VHD" || form["DiskContainer.UserBucket.S3Bucket"] != Bucket || !Objects.TryGetValue(form["DiskContainer.UserBucket.S3Key"], out byte[]? content) || form["RoleName"] != "vmimport")
            throw new AwsRefusal(400, "InvalidParameter", "The disk container is not valid, or the role cannot read it");
        FakeImport import = new(region, NewId("import-snap"), token, content, TagsFor(form, "import-snapshot-task", "import-snapshot-task")) { PendingFor = Lag + 1 };
        Imports.Add(import);
        return Answer("ImportSnapshot", new XElement("importTaskId", import.Id));
    }

    private XElement DescribeImports(Dictionary<string, string> form, string region)
    {
        List<XElement> items = [];
        foreach (FakeImport import in Imports.Where(i => i.Region == region && (form.GetValueOrDefault("ImportTaskId.1") is not { } id || i.Id == id)))
        {
            if (FiltersOf(form).Any(f => !Matches(f, import.Id, "", import.Tags)))
                continue;
            if (import.Status == "active" && import.PendingFor-- <= 0)
                End(import);
            items.Add(new XElement("item", new XElement("importTaskId", import.Id), new XElement("snapshotTaskDetail", new XElement("status", import.Status), import.Snapshot is null ? null : new XElement("snapshotId", import.Snapshot), new XElement("statusMessage", ImportError ?? ""))));
        }

        return Answer("DescribeImportSnapshotTasks", new XElement("importSnapshotTaskSet", items));
    }

    /// <summary>The disk of the object, block by block; what is no VHD cannot be imported.</summary>
    private void End(FakeImport import)
    {
        import.Status = ImportError is null ? "completed" : "error";
        if (ImportError is not null)
            return;
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, import.Content);
            using IExtentSource disk = DiskImage.Open(file);
            if (disk is RawFileSource)
                throw new InvalidOperationException("the object is no VHD");
            FakeSnapshot snapshot = new(import.Region, NewId("snap"), Math.Max(1, (disk.Length + (1L << 30) - 1) >> 30), null, "", []) { State = "completed" };
            foreach (Extent extent in disk.Extents().Where(e => e.Kind == ExtentKind.Data))
            {
                for (int block = (int)(extent.Offset / BlockSize); block <= (extent.End - 1) / BlockSize; block++)
                {
                    byte[] bytes = new byte[BlockSize];
                    disk.Read((long)block * BlockSize, bytes.AsSpan(0, (int)Math.Min(BlockSize, disk.Length - ((long)block * BlockSize))));
                    snapshot.Blocks[block] = bytes;
                }
            }

            import.Snapshot = snapshot.Id;
            Snapshots.Add(snapshot);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private XElement CancelImport(Dictionary<string, string> form)
    {
        FakeImport import = Imports.FirstOrDefault(i => i.Id == form["ImportTaskId"]) ?? throw new AwsRefusal(400, "InvalidConversionTaskId.Malformed", "no such task");
        if (import.Status != "active")
            throw new AwsRefusal(400, "IncorrectState", "the task is not active");
        import.Status = "deleted";
        return Answer("CancelImportTask", new XElement("importTaskId", import.Id));
    }

    private XElement CreateTags(Dictionary<string, string> form, string region)
    {
        FakeSnapshot snapshot = Snapshots.FirstOrDefault(s => s.Region == region && s.Id == form["ResourceId.1"]) ?? throw new AwsRefusal(400, "InvalidSnapshot.NotFound", form["ResourceId.1"]);
        for (int t = 1; form.TryGetValue($"Tag.{t}.Key", out string? key); t++)
            snapshot.Tags[key] = form[$"Tag.{t}.Value"];
        CheckTags(snapshot.Tags);
        return Answer("CreateTags", new XElement("return", "true"));
    }
}

internal sealed record FakeImport(string Region, string Id, string Token, byte[] Content, Dictionary<string, string> Tags)
{
    public string Status { get; set; } = "active";

    public int PendingFor { get; set; }

    public string? Snapshot { get; set; }
}
