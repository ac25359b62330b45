using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace ImageFactory.Publishing.Tests.Aws;

/// <summary>Signature Version 4 as its specification has it, worked out from the request that arrived.</summary>
internal static class SignatureCheck
{
    /// <returns>Service and region of the scope.</returns>
    /// <exception cref="AwsRefusal">The request is not signed, or wrongly.</exception>
    public static (string Service, string Region) Verify(HttpRequest request, byte[] body, string secret, DateTimeOffset now)
    {
        string header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("AWS4-HMAC-SHA256 ", StringComparison.Ordinal))
            throw new AwsRefusal(403, "MissingAuthenticationToken", "not signed");
        Dictionary<string, string> parts = header["AWS4-HMAC-SHA256 ".Length..].Split(',', StringSplitOptions.TrimEntries).Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        string[] scope = parts["Credential"].Split('/');
        string date = request.Headers["X-Amz-Date"].ToString();
        DateTimeOffset sent = DateTimeOffset.ParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        if ((now - sent).Duration() > TimeSpan.FromMinutes(15))
            throw new AwsRefusal(400, "RequestExpired", "Request has expired.");

        string bodyHash = Convert.ToHexStringLower(SHA256.HashData(body));
        if (request.Headers.TryGetValue("x-amz-content-sha256", out var declared) && declared != bodyHash)
            throw new AwsRefusal(400, "XAmzContentSHA256Mismatch", "the body has another digest");
        string[] signed = parts["SignedHeaders"].Split(';');
        foreach (string needed in (string[])["host", "x-amz-date"])
        {
            if (!signed.Contains(needed))
                throw new AwsRefusal(403, "SignatureDoesNotMatch", needed + " is not signed");
        }

        string canonical = string.Join(
            '\n',
            request.Method,
            request.Path.Value,
            string.Join('&', request.QueryString.Value!.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Contains('=', StringComparison.Ordinal) ? p : p + "=").Order(StringComparer.Ordinal)),
            string.Concat(signed.Select(h => $"{h}:{(h == "host" ? request.Host.Value : string.Join(',', request.Headers[h].Select(v => v!.Trim())))}\n")),
            string.Join(';', signed),
            bodyHash);
        string toSign = string.Join('\n', "AWS4-HMAC-SHA256", date, string.Join('/', scope[1..]), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical))));
        byte[] key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (string part in scope[1..])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        string expected = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        return parts["Signature"] == expected ? (scope[3], scope[2]) : throw new AwsRefusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.");
    }
}

internal sealed class AwsRefusal(int status, string code, string message) : Exception(message)
{
    public int Status => status;

    public string Code => code;
}
