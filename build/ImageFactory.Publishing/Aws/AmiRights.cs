using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Aws;

/// <summary>Asks whether these credentials may do what a publish does.</summary>
internal sealed class AmiRights(AmiTry attempt)
{
    /// <summary>Asks whether each operation would be allowed. StartSnapshot cannot be asked.</summary>
    public async Task<IReadOnlyList<Fault>> FindMissingAsync(AwsClient aws, CancellationToken cancellation)
    {
        List<(string Region, string Action, KeyValuePair<string, string>[] Parameters)> calls =
        [
            (aws.Region, "RegisterImage", [new("Name", "imagefactory-check"), new("Architecture", "x86_64"), new("RootDeviceName", "/dev/xvda"), new("VirtualizationType", "hvm")]),
            (aws.Region, "CreateTags", [new("ResourceId.1", "snap-00000000000000000"), new("Tag.1.Key", "a"), new("Tag.1.Value", "b")]),
            (aws.Region, "DeregisterImage", [new("ImageId", "ami-00000000000000000")]),
            (aws.Region, "DeleteSnapshot", [new("SnapshotId", "snap-00000000000000000")]),
            .. attempt.Destination.CopyTo.Select(r => (r, "CopyImage", new KeyValuePair<string, string>[] { new("Name", "imagefactory-check"), new("SourceImageId", "ami-00000000000000000"), new("SourceRegion", aws.Region) })),
        ];
        if (attempt.Destination.Public || attempt.Destination.Accounts.Count > 0)
            calls.Add((aws.Region, "ModifyImageAttribute", [new("ImageId", "ami-00000000000000000"), new("LaunchPermission.Add.1.Group", "all")]));
        if (attempt.Destination.DeprecateAfterDays > 0)
            calls.Add((aws.Region, "EnableImageDeprecation", [new("ImageId", "ami-00000000000000000"), new("DeprecateAt", attempt.DeprecateAt())]));

        if (attempt.Destination.Method == AmiMethod.Import)
            calls.Add((aws.Region, "ImportSnapshot", [new("DiskContainer.Format", "VHD"), new("DiskContainer.UserBucket.S3Bucket", "imagefactory-check"), new("DiskContainer.UserBucket.S3Key", "check.vhd")]));

        List<Fault> faults = [];
        foreach ((string region, string action, KeyValuePair<string, string>[] parameters) in calls)
        {
            try
            {
                await aws.Ec2Async(region, action, [.. parameters, new("DryRun", "true")], cancellation).ConfigureAwait(false);
            }
            catch (AwsError e) when (e.Code is "UnauthorizedOperation" or "OptInRequired")
            {
                faults.Add(AwsFaults.NotPermitted(attempt.Where, e));
            }
            catch (AwsError e) when (e.Status is >= 400 and < 500 && AwsFaults.Of(attempt.Where, e).Code is "IFU309" or "IFU307")
            {
                // DryRunOperation, or an objection to the made-up ids: the right is there.
            }
        }

        return faults;
    }
}
