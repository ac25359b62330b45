using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.Runtime.Signing;
using ImageFactory.Model;
using ImageFactory.Publishing.Http;

namespace ImageFactory.Publishing.Aws;

/// <summary>
/// Signed requests to EC2, EBS direct, S3, IAM and STS. The signer and the chain of credentials are those of AWSSDK.Core; retries stand outside
/// the signer, so that each attempt is signed anew.
/// </summary>
internal sealed class AwsClient : IDisposable
{
    private readonly HttpClient http;
    private readonly PublishSurroundings surroundings;
    private readonly string where;

    private AwsClient(HttpClient http, PublishSurroundings surroundings, string region, string where)
    {
        this.http = http;
        this.surroundings = surroundings;
        this.where = where;
        Region = region;
    }

    public string Region { get; }

    /// <exception cref="FactoryException">IFU301, IFU302, IFU315.</exception>
    public static async Task<AwsClient> OpenAsync(string? region, PublishSurroundings surroundings, string where)
    {
        string found = region ?? surroundings.Variable("AWS_REGION") ?? surroundings.Variable("AWS_DEFAULT_REGION") ?? throw new FactoryException(AwsFaults.NoRegion(where));
        AWSCredentials credentials = await CredentialsAsync(surroundings, where).ConfigureAwait(false);
#pragma warning disable CA2000 // The client owns its handlers.
        SigV4SigningHandler signer = new(credentials, RegionEndpoint.GetBySystemName(found), "ec2", surroundings.Transport());
        RetryHandler retry = new(signer, Http.RetryPolicy.Default, IsTransientAsync, surroundings.Time);
#pragma warning restore CA2000
        return new AwsClient(new HttpClient(retry) { Timeout = TimeSpan.FromMinutes(10) }, surroundings, found, where);
    }

    /// <summary>A call of the Query API of EC2.</summary>
    /// <exception cref="AwsError">The service refused.</exception>
    public Task<XElement> Ec2Async(string region, string action, IReadOnlyList<KeyValuePair<string, string>> parameters, CancellationToken cancellation) =>
        QueryAsync("ec2", "2016-11-15", region, action, parameters, cancellation);

    public Task<XElement> StsAsync(string action, CancellationToken cancellation) => QueryAsync("sts", "2011-06-15", Region, action, [], cancellation);

    /// <summary>The value of a quota as it applies to the account (GetServiceQuota); null when the service has none of that code.</summary>
    /// <exception cref="AwsError">The service refused.</exception>
    public async Task<double?> QuotaAsync(string region, string service, string code, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(AddressOf("servicequotas", region), "/"));
        request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new { ServiceCode = service, QuotaCode = code }));
        request.Content.Headers.ContentType = new("application/x-amz-json-1.1");
        request.Headers.Add("X-Amz-Target", "ServiceQuotasV20190624.GetServiceQuota");
        SetScope(request, "servicequotas", region);
        using HttpResponseMessage answer = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        string body = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            (string error, string message) = ReadJsonError(answer, body);
            throw new AwsError("GetServiceQuota", (int)answer.StatusCode, error.Split('#')[^1], message);
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(body);
            return json.RootElement.TryGetProperty("Quota", out JsonElement quota) && quota.TryGetProperty("Value", out JsonElement value) ? value.GetDouble() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new FactoryException(AwsFaults.NotUnderstood(where, $"GetServiceQuota: {e.Message}"), e);
        }
    }

    /// <summary>A call of EBS direct, in this client's region.</summary>
    /// <exception cref="AwsError">The service refused.</exception>
    public async Task<HttpResponseMessage> EbsAsync(string operation, HttpRequestMessage request, string path, CancellationToken cancellation)
    {
        request.RequestUri = new Uri(AddressOf("ebs", Region), path);
        SetScope(request, "ebs", Region);
        HttpResponseMessage answer = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellation).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
        {
            string body = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            (string code, string message) = ReadJsonError(answer, body);
            throw new AwsError(operation, (int)answer.StatusCode, code, message);
        }
    }

    /// <summary>A call of S3, in this client's region.</summary>
    /// <param name="pathAndQuery">Of the object, with its slash.</param>
    /// <exception cref="AwsError">The service refused.</exception>
    public async Task<HttpResponseMessage> S3Async(string operation, HttpMethod method, string bucket, string pathAndQuery, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, new Uri(BucketAddress(bucket) + pathAndQuery));
        if (method == HttpMethod.Put || method == HttpMethod.Post)
            request.Content = new ReadOnlyMemoryContent(body);
        request.Headers.Add("x-amz-content-sha256", Convert.ToHexStringLower(SHA256.HashData(body.Span)));
        SetScope(request, "s3", Region);
        HttpResponseMessage answer = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
        {
            string said = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
            (string code, string message) = said.StartsWith('<') ? ReadXmlError(said) : (((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture), answer.ReasonPhrase ?? "");
            throw new AwsError(operation, (int)answer.StatusCode, code, message);
        }
    }

    /// <summary>Reads an XML answer of S3. A completion may answer 200 and hold an error.</summary>
    public async Task<XElement> S3XmlAsync(string operation, HttpMethod method, string bucket, string pathAndQuery, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await S3Async(operation, method, bucket, pathAndQuery, body, cancellation).ConfigureAwait(false);
        string text = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        XElement xml;
        try
        {
            xml = WithoutNamespaces(XElement.Parse(text));
        }
        catch (XmlException e)
        {
            throw new FactoryException(AwsFaults.NotUnderstood(where, $"{operation}: {e.Message}"), e);
        }

        if (xml.Name.LocalName != "Error")
            return xml;
        (string code, string message) = ReadXmlError(text);
        throw new AwsError(operation, 500, code, message);
    }

    /// <summary>Absent is a success.</summary>
    public async Task DeleteObjectAsync(string bucket, string key, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await S3Async("DeleteObject", HttpMethod.Delete, bucket, $"/{key}", default, cancellation).ConfigureAwait(false);
    }

    /// <summary>IAM has one address per partition.</summary>
    public Task<XElement> IamAsync(string action, IReadOnlyList<KeyValuePair<string, string>> parameters, CancellationToken cancellation)
    {
        string home = Region.StartsWith("cn-", StringComparison.Ordinal) ? "cn-north-1" : Region.StartsWith("us-gov-", StringComparison.Ordinal) ? "us-gov-west-1" : "us-east-1";
        return QueryAsync("iam", "2010-05-08", home, action, parameters, cancellation);
    }

    public void Dispose() => http.Dispose();

    private static async Task<AWSCredentials> CredentialsAsync(PublishSurroundings surroundings, string where)
    {
        if (surroundings.Variable("AWS_ACCESS_KEY_ID") is { } id && surroundings.Variable("AWS_SECRET_ACCESS_KEY") is { } secret)
        {
            surroundings.Conceal(new Secret(secret));
            if (surroundings.Variable("AWS_SESSION_TOKEN") is not { } token)
                return new BasicAWSCredentials(id, secret);
            surroundings.Conceal(new Secret(token));
            return new SessionAWSCredentials(id, secret, token);
        }

        // The SDK passes over a relative path in silence and goes on to the machine's role.
        if (surroundings.Variable("AWS_WEB_IDENTITY_TOKEN_FILE") is { } file && (!Path.IsPathRooted(file) || !File.Exists(file)))
            throw new FactoryException(AwsFaults.WebIdentityPath(where, file));
        try
        {
            AWSCredentials credentials = await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync(null).ConfigureAwait(false);
            ImmutableCredentials keys = await credentials.GetCredentialsAsync().ConfigureAwait(false);
            surroundings.Conceal(new Secret(keys.SecretKey));
            if (keys.UseToken)
                surroundings.Conceal(new Secret(keys.Token));
            return credentials;
        }
        catch (Exception e) when (e is AmazonClientException or InvalidOperationException or AmazonServiceException or HttpRequestException)
        {
            throw new FactoryException(AwsFaults.NoCredentials(where, e.Message), e);
        }
    }

    private async Task<XElement> QueryAsync(
        string service, string version, string region, string action, IReadOnlyList<KeyValuePair<string, string>> parameters, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(AddressOf(service, region), "/"))
        {
            Content = new FormUrlEncodedContent([new("Action", action), new("Version", version), .. parameters]),
        };
        SetScope(request, service, region);
        using HttpResponseMessage answer = await http.SendAsync(request, cancellation).ConfigureAwait(false);
        string body = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            (string code, string message) = ReadXmlError(body);
            throw new AwsError(action, (int)answer.StatusCode, code, message);
        }

        try
        {
            return WithoutNamespaces(XElement.Parse(body));
        }
        catch (XmlException e)
        {
            throw new FactoryException(AwsFaults.NotUnderstood(where, $"{action}: {e.Message}"), e);
        }
    }

    private static void SetScope(HttpRequestMessage request, string service, string region)
    {
        request.Options.Set(new HttpRequestOptionsKey<string>(SigV4SigningHandler.ServiceOptionKey), service);
        request.Options.Set(new HttpRequestOptionsKey<string>(SigV4SigningHandler.RegionOptionKey), region);
    }

    /// <summary>AWS_ENDPOINT_URL_EC2 and its like, as all of AWS's own tools have them; else the region's.</summary>
    private Uri AddressOf(string service, string region) =>
        (surroundings.Variable($"AWS_ENDPOINT_URL_{service.ToUpperInvariant()}") ?? surroundings.Variable("AWS_ENDPOINT_URL")) is { } address
            ? new Uri(address)
            : service == "iam" ? new Uri(region switch { "cn-north-1" => "https://iam.cn-north-1.amazonaws.com.cn", "us-gov-west-1" => "https://iam.us-gov.amazonaws.com", _ => "https://iam.amazonaws.com" })
            : new Uri($"https://{service}.{region}.{RegionEndpoint.GetBySystemName(region).PartitionDnsSuffix}");

    /// <summary>A certificate covers one label only, so names with dots go into the path, and so do those of stand-ins.</summary>
    private string BucketAddress(string bucket)
    {
        Uri service = AddressOf("s3", Region);
        return bucket.Contains('.', StringComparison.Ordinal) || !service.Host.StartsWith("s3.", StringComparison.Ordinal)
            ? $"{service.GetLeftPart(UriPartial.Authority)}/{bucket}"
            : $"{service.Scheme}://{bucket}.{service.Authority}";
    }

    private static async ValueTask<bool> IsTransientAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if ((int)answer.StatusCode is not 400)
            return false;
        string body = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        (string code, string message) = body.StartsWith('<') ? ReadXmlError(body) : ReadJsonError(answer, body);
        return AwsError.IsThrottling(code, message);
    }

    /// <summary><c>Response/Errors/Error/{Code,Message}</c>; STS has <c>ErrorResponse/Error</c>.</summary>
    private static (string Code, string Message) ReadXmlError(string body)
    {
        try
        {
            XElement? error = WithoutNamespaces(XElement.Parse(body)).DescendantsAndSelf("Error").FirstOrDefault();
            return ((string?)error?.Element("Code") ?? "Unknown", (string?)error?.Element("Message") ?? body[..Math.Min(300, body.Length)]);
        }
        catch (XmlException)
        {
            return ("Unknown", body[..Math.Min(300, body.Length)]);
        }
    }

    private static (string Code, string Message) ReadJsonError(HttpResponseMessage answer, string body)
    {
        string? code = answer.Headers.TryGetValues("x-amzn-ErrorType", out IEnumerable<string>? values) ? values.First().Split(':')[0] : null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(body);
            string? Text(string name) => json.RootElement.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
            string said = Text("Message") ?? Text("message") ?? "";
            return (code ?? Text("__type") ?? Text("Code") ?? "Unknown", Text("Reason") is { } reason ? $"{said} ({reason})" : said);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (code ?? "Unknown", string.Create(CultureInfo.InvariantCulture, $"HTTP {(int)answer.StatusCode}"));
        }
    }

    private static XElement WithoutNamespaces(XElement element) => new(
        element.Name.LocalName, element.Attributes().Where(a => !a.IsNamespaceDeclaration), element.Nodes().Select(n => n is XElement child ? WithoutNamespaces(child) : n));
}
