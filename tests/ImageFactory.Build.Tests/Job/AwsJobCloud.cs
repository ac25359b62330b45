using System.Net;
using System.Text.Json;
using ImageFactory.Publishing.Tests.Aws;

namespace ImageFactory.Build.Tests.Job;

internal sealed class AwsJobCloud(AwsFake aws) : IJobCloud
{
    public string? Annotation => "LATEST_AMI_ID";

    public string ImageKey => "PODVM_AMI_ID";

    public string RemovalVariable => "AMI_ID";

    public AwsFake Aws => aws;

    public Dictionary<string, string> Variables { get; } = new()
    {
        ["CLOUD_PROVIDER"] = "aws",
        ["AWS_REGION"] = "eu-central-1",
        ["AWS_ACCESS_KEY_ID"] = AwsFake.KeyId,
        ["AWS_SECRET_ACCESS_KEY"] = AwsFake.SecretKey,
        ["AWS_ENDPOINT_URL"] = aws.Address,
        ["AMI_BASE_NAME"] = "podvm-image",
        ["AMI_VERSION"] = "19088743.0.1",
        ["AMI_VOLUME_SIZE"] = "30",
        ["INSTALL_PACKAGES"] = "no",
    };

    public Func<HttpMessageHandler>? Transport => () => Line.Handler(new Refusing(this));

    public IReadOnlyList<string> Secrets { get; } = [AwsFake.SecretKey];

    public Eavesdropper Line { get; } = new(
        line => line.StartsWith("PUT ", StringComparison.Ordinal) && line.Contains("/blocks/", StringComparison.Ordinal),
        _ => false,
        line => line.Contains("Action=RegisterImage", StringComparison.Ordinal) && !line.Contains("DryRun=true", StringComparison.Ordinal),
        (line, status, message) => line.Contains("/snapshots", StringComparison.Ordinal)
            ? JsonSerializer.Serialize(new { __type = status == 403 ? "AccessDeniedException" : "InternalServerException", Message = message })
            : $"<Response><Errors><Error><Code>{(status == 403 ? "UnauthorizedOperation" : "InternalError")}</Code><Message>{WebUtility.HtmlEncode(message)}</Message></Error></Errors><RequestID>1</RequestID></Response>");

    public IReadOnlyList<string> Images => [.. aws.Images.Where(i => i.State != "deregistered").Select(i => i.Id)];

    public IReadOnlyList<string> Everything => aws.Everything();

    public bool Refuses { get; set; }

    public static async Task<AwsJobCloud> StartAsync() => new(await AwsFake.StartAsync());

    public void GiveAway() => aws.Images.ForEach(i => i.Tags["imagefactory-owner"] = "somebody-else");

    public ValueTask DisposeAsync() => aws.DisposeAsync();

    /// <summary>Registering is the last step; asking whether it is allowed is no step.</summary>
    private sealed class Refusing(AwsJobCloud cloud) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            if (!cloud.Refuses || !body.Contains("Action=RegisterImage", StringComparison.Ordinal) || body.Contains("DryRun=true", StringComparison.Ordinal))
                return await base.SendAsync(request, cancellationToken);
            return new HttpResponseMessage(HttpStatusCode.Forbidden)
            {
                RequestMessage = request,
                Content = new StringContent("<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation.</Message></Error></Errors><RequestID>1</RequestID></Response>"),
            };
        }
    }
}
