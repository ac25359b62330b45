namespace ImageFactory.Publishing.Aws;

/// <summary>What a service of AWS answered instead of what it was asked for.</summary>
/// <param name="operation">The operation, as the service names it.</param>
/// <param name="status">HTTP status.</param>
/// <param name="code">The error's code: <c>InvalidAMIName.Duplicate</c>.</param>
/// <param name="message">The service's words.</param>
internal sealed class AwsError(string operation, int status, string code, string message) : Exception($"{operation}: {code}: {message}")
{
    public string Operation => operation;

    public int Status => status;

    public string Code => code;

    public string Said => message;

    public bool IsNotFound => Code is "InvalidAMIID.NotFound" or "InvalidAMIID.Unavailable" or "InvalidSnapshot.NotFound" or "ResourceNotFoundException";

    /// <summary>Throttling comes as 400, 429 or 503; the code tells it from a wrong request.</summary>
    public static bool IsThrottling(string code, string message) =>
        code is "RequestLimitExceeded" or "RequestThrottledException" or "ThrottlingException" or "Throttling" or "ConcurrentLimitExceededException"
        || code.StartsWith("Throttl", StringComparison.Ordinal)
        // The service could not take in a block's body; its own list of errors says to send it again.
        || (code == "ValidationException" && message.Contains("Failed to read block data", StringComparison.Ordinal));
}
