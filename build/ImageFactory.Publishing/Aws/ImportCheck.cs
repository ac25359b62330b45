using System.Xml.Linq;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Publishing.Aws;

/// <summary>Whether an import can succeed: the bucket, and the role that the service takes on.</summary>
internal sealed class ImportCheck(AmiTry attempt, AwsClient aws)
{
    private const string Service = "vmie.amazonaws.com";

    public async Task<IReadOnlyList<Fault>> RunAsync(CancellationToken cancellation)
    {
        if (ImportBucket.Of(attempt) is not { } bucket)
            return [AwsFaults.NoBucket(attempt.Where)];
        List<Fault> faults = [];
        try
        {
            using HttpResponseMessage answer = await aws.S3Async("HeadBucket", HttpMethod.Head, bucket, "/", default, cancellation).ConfigureAwait(false);
        }
        catch (AwsError e) when (e.Status is 301 or 307 or 400 or 403 or 404)
        {
            faults.Add(AwsFaults.BadBucket(attempt.Where, bucket, aws.Region, e));
        }

        string role = attempt.Destination.ImportRole;
        try
        {
            XElement answer = await aws.IamAsync("GetRole", [new("RoleName", role)], cancellation).ConfigureAwait(false);
            string trust = Uri.UnescapeDataString((string?)answer.Descendants("AssumeRolePolicyDocument").FirstOrDefault() ?? "");
            if (!trust.Contains(Service, StringComparison.Ordinal))
                faults.Add(AwsFaults.UntrustingRole(attempt.Where, role));
        }
        catch (AwsError e) when (e.Code == "NoSuchEntity")
        {
            faults.Add(AwsFaults.NoImportRole(attempt.Where, role));
        }
        catch (AwsError e) when (e.Status == 403 && AwsFaults.Of(attempt.Where, e).Code == "IFU304")
        {
            attempt.Setting.Surroundings.Reporter.Report(new Said($"AWS: whether there is a role '{role}' was not looked at, since these credentials may not iam:GetRole"));
        }

        return faults;
    }
}
