using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Publishing.Aws;

/// <summary>
/// Whether the account has room for what a publish makes: the quotas as Service Quotas tells them, against what is there. Who may not ask learns of
/// a quota only when it is reached.
/// </summary>
internal sealed class AwsQuotas(AmiTry attempt, AwsClient aws, Ec2 ec2)
{
    /// <summary>A network may let nothing through to this service and say nothing.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    // Names, codes and meaning: the services' pages of endpoints and quotas. An image that was deregistered may wait in the recycle bin, which counts and is not looked into.
    private static readonly (string Service, string Code, string Name)[] Quotas =
        [("ebs", "L-309BACF6", "Snapshots per Region"), ("ec2", "L-B665C33B", "AMIs"), ("ec2", "L-0E3CBAB9", "Public AMIs")];

    public async Task<IReadOnlyList<Fault>> FindFullAsync(CancellationToken cancellation)
    {
        List<Fault> faults = [];
        using CancellationTokenSource limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(Limit);
        foreach (string region in attempt.Destination.CopyTo.Prepend(aws.Region))
        {
            try
            {
                foreach ((string service, string code, string name) in Quotas.Where(q => q.Name != "Public AMIs" || attempt.Destination.Public))
                {
                    if (await aws.QuotaAsync(region, service, code, limited.Token).ConfigureAwait(false) is { } limit
                        && await CountAsync(region, name, limited.Token).ConfigureAwait(false) is int used && used >= limit)
                    {
                        faults.Add(AwsFaults.NoRoom(attempt.Where, region, string.Create(CultureInfo.InvariantCulture, $"{name} ({service} {code}): {used} of {limit:0} are in use")));
                    }
                }
            }
            catch (AwsError e)
            {
                // A help and no condition: whatever keeps the service from telling does not keep an image from being published.
                attempt.Setting.Surroundings.Reporter.Report(new Said($"AWS {region}: quotas were not compared ({e.Operation}: {e.Code})"));
            }
            catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                attempt.Setting.Surroundings.Reporter.Report(new Said($"AWS {region}: quotas were not compared ({e.Message})"));
            }
        }

        return faults;
    }

    private async Task<int> CountAsync(string region, string name, CancellationToken cancellation) => name switch
    {
        "AMIs" => (await ec2.FindImagesAsync(region, cancellation).ConfigureAwait(false)).Count,
        "Public AMIs" => (await ec2.FindImagesAsync(region, cancellation, ("is-public", "true")).ConfigureAwait(false)).Count,
        _ => (await ec2.FindSnapshotsAsync(region, cancellation).ConfigureAwait(false)).Count,
    };
}
