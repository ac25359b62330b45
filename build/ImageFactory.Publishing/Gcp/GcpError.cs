using System.Globalization;
using System.Text.Json;

namespace ImageFactory.Publishing.Gcp;

/// <summary>Google refused a call, or an operation ended with an error.</summary>
/// <param name="operation">What was asked for, in the words of Google's reference: <c>images.insert</c>.</param>
/// <param name="status">HTTP status; of an operation the one that it names.</param>
/// <param name="reason">The machine's word: <c>alreadyExists</c>, <c>quotaExceeded</c>, <c>QUOTA_EXCEEDED</c>.</param>
/// <param name="said">Google's own sentence.</param>
internal sealed class GcpError(string operation, int status, string reason, string said)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"{operation}: {status} {reason}: {said}"))
{
    public string Operation => operation;

    public int Status => status;

    public string Reason => reason;

    public string Said => said;

    public bool IsAbsence => status is 404 or 410;

    /// <summary>Calls come too fast: Compute says so with 403.</summary>
    public static bool IsThrottling(string reason) => reason is "rateLimitExceeded" or "userRateLimitExceeded";

    /// <summary><c>{"error":{"code","message","errors":[{"reason"}],"status"}}</c>; Storage's uploads answer with plain text.</summary>
    public static GcpError Of(string operation, int status, string body)
    {
        string reason = "";
        string said = body.Length > 300 ? body[..300] : body;
        try
        {
            using JsonDocument json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object)
            {
                said = error.Text("message") ?? said;
                reason = error.Items("errors").FirstOrDefault().Text("reason") ?? error.Text("status") ?? "";
            }
        }
        catch (JsonException)
        {
            // Not Google's form: a proxy, or plain text.
        }

        return new GcpError(operation, status, reason, said.Trim());
    }
}
