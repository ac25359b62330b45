using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ImageFactory.Publishing.Tests.Support.Http;

namespace ImageFactory.Publishing.Tests.Gcp;

/// <summary>
/// Google's token server, Cloud Storage, Compute Engine and Resource Manager, as far as publishing asks them. Keeps state and refuses what the real ones
/// refuse by their reference; what is only known by hearsay is refused too.
/// </summary>
internal sealed class FakeGoogle : IAsyncDisposable
{
    public const string Project = "podvm-project";
    public const string Account = "publisher@podvm-project.iam.gserviceaccount.com";

    private static readonly RSA Key = RSA.Create(2048);

    private readonly HashSet<string> tokens = [];
    private int numbers = 1000;

    private FakeGoogle()
    {
        Storage = new FakeStorage(this);
        Compute = new FakeCompute(this);
    }

    public FakeServer Server { get; private set; } = null!;

    public FakeStorage Storage { get; }

    public FakeCompute Compute { get; }

    /// <summary>Rights that the account lacks; calls are then refused and permissions not listed.</summary>
    public HashSet<string> Forbidden { get; } = [];

    /// <summary>The API by which rights are asked for is not enabled.</summary>
    public bool NoResourceManager { get; set; }

    /// <summary>What is there, in order, whoever made it.</summary>
    public IReadOnlyList<string> Everything => [.. Storage.Names.Concat(Compute.Names).Order(StringComparer.Ordinal)];

    /// <summary>The account's key file.</summary>
    public string KeyFile => new JsonObject
    {
        ["type"] = "service_account",
        ["project_id"] = Project,
        ["private_key_id"] = "1",
        ["private_key"] = Key.ExportPkcs8PrivateKeyPem(),
        ["client_email"] = Account,
        ["token_uri"] = new Uri(Server.Address, "/token").AbsoluteUri,
    }.ToJsonString();

    public static async Task<FakeGoogle> StartAsync()
    {
        FakeGoogle google = new();
        google.Server = await FakeServer.StartAsync(google.AnswerAsync);
        google.Server.ErrorForm = Refusal;
        return google;
    }

    public string NextNumber() => (++numbers).ToString(System.Globalization.CultureInfo.InvariantCulture);

    public static FakeAnswer Refusal(int status, string reason, string message) => FakeAnswer.Json(status, new JsonObject
    {
        ["error"] = new JsonObject
        {
            ["code"] = status,
            ["message"] = message,
            ["errors"] = new JsonArray(new JsonObject { ["domain"] = "global", ["reason"] = reason, ["message"] = message }),
        },
    });

    public FakeAnswer? Denied(string right) => Forbidden.Contains(right) ? Refusal(403, "forbidden", $"Required '{right}' permission") : null;

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private Task<FakeAnswer> AnswerAsync(FakeRequest request)
    {
        string[] path = [.. request.Path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(p => Uri.UnescapeDataString(Uri.UnescapeDataString(p)))];
        return Task.FromResult(Answer(request, path));
    }

    private FakeAnswer Answer(FakeRequest request, string[] path)
    {
        if (request is { Method: "POST", Path: "/token" })
            return Token(request);

        // The address of a session is all that it takes.
        if (request.Query("upload_id") is { } session)
            return Storage.Continue(request, session);
        if (request.Header("Authorization") is not { } header || !header.StartsWith("Bearer ", StringComparison.Ordinal) || !tokens.Contains(header["Bearer ".Length..]))
            return Refusal(401, "authError", "Invalid Credentials");
        return path switch
        {
            ["v1", "projects", Project + ":testIamPermissions"] when request.Method == "POST" => NoResourceManager
                ? Refusal(403, "SERVICE_DISABLED", "Cloud Resource Manager API has not been used in project before or it is disabled")
                : Permissions(request.Json["permissions"]!.AsArray().Select(p => (string)p!)),
            ["storage", "v1", "b", .. string[] rest] => Storage.Answer(request, rest),
            ["upload", "storage", "v1", "b", { } bucket, "o"] when request.Method == "POST" => Storage.Begin(request, bucket),
            ["compute", "v1", "projects", Project, .. string[] rest] => Compute.Answer(request, rest),
            ["compute", "v1", "projects", { } other, ..] => Refusal(404, "notFound", $"The resource 'projects/{other}' was not found"),
            _ => Refusal(404, "notFound", "Not Found"),
        };
    }

    public FakeAnswer Permissions(IEnumerable<string> asked) =>
        FakeAnswer.Json(200, new JsonObject { ["permissions"] = new JsonArray([.. asked.Where(p => !Forbidden.Contains(p)).Select(p => JsonValue.Create(p))]) });

    /// <summary>The grant of RFC 7523: an assertion that the account's key signed.</summary>
    private FakeAnswer Token(FakeRequest request)
    {
        Dictionary<string, string> form = System.Text.Encoding.UTF8.GetString(request.Body).Split('&').Select(p => p.Split('=')).ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1]));
        string[] parts = form.GetValueOrDefault("assertion", "").Split('.');
        if (form.GetValueOrDefault("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || parts.Length != 3)
            return Bad("unsupported_grant_type");
        if (!Key.VerifyData(System.Text.Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Bytes(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
            return Bad("invalid_grant");
        JsonNode claims = JsonNode.Parse(Bytes(parts[1]))!;
        if ((string?)claims["iss"] != Account || (string?)claims["scope"] != "https://www.googleapis.com/auth/cloud-platform" || (string?)claims["aud"] != "https://oauth2.googleapis.com/token")
            return Bad("invalid_scope");
        string token = "canary-token-" + NextNumber();
        tokens.Add(token);
        return FakeAnswer.Json(200, new JsonObject { ["access_token"] = token, ["expires_in"] = 3600, ["token_type"] = "Bearer" });

        static FakeAnswer Bad(string error) => FakeAnswer.Json(400, new JsonObject { ["error"] = error, ["error_description"] = "Invalid JWT" });

        static byte[] Bytes(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
    }
}
