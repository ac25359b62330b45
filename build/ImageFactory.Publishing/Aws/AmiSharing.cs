using System.Xml.Linq;
using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Pipeline;

namespace ImageFactory.Publishing.Aws;

/// <summary>Who may start an image, and until when it is offered.</summary>
internal sealed class AmiSharing(AmiTry attempt)
{
    private AmiDestination Destination => attempt.Destination;

    /// <summary>
    /// Whether the account lets images be public at all, per region (GetImageBlockPublicAccessState). Who may not read that learns of it when the image is shared.
    /// </summary>
    public async Task<IReadOnlyList<Fault>> FindObjectionsAsync(AwsClient aws, CancellationToken cancellation)
    {
        List<Fault> faults = [];
        foreach (string region in Destination.CopyTo.Prepend(aws.Region))
        {
            try
            {
                XElement answer = await aws.Ec2Async(region, "GetImageBlockPublicAccessState", [], cancellation).ConfigureAwait(false);

                // The service's definition calls it by the first name, the example in its reference by the second.
                string? state = (string?)answer.Element("imageBlockPublicAccessState") ?? (string?)answer.Element("return");
                if (state == "block-new-sharing")
                    faults.Add(AwsFaults.PublicBlocked(attempt.Where, region, detail: null));
            }
            catch (AwsError e) when (e.Code is "UnauthorizedOperation" or "InvalidAction")
            {
                attempt.Setting.Surroundings.Reporter.Report(new Said($"AWS {region}: whether images may be public is not known, since these credentials may not ask (ec2:GetImageBlockPublicAccessState)"));
            }
        }

        return faults;
    }

    /// <summary>Permissions and deprecation; asking for them again changes nothing. One attribute per call.</summary>
    public async Task ShareAsync(Ec2 ec2, string region, string ami, CancellationToken cancellation)
    {
        if (Destination.Accounts.Count > 0)
            await ec2.CallAsync(region, "ModifyImageAttribute", cancellation, [("ImageId", ami), .. Destination.Accounts.Select((a, i) => ($"{Ec2.Numbered("LaunchPermission.Add", i)}.UserId", a))]).ConfigureAwait(false);
        if (Destination.Public)
        {
            try
            {
                await ec2.CallAsync(region, "ModifyImageAttribute", cancellation, ("ImageId", ami), ("LaunchPermission.Add.1.Group", "all")).ConfigureAwait(false);
            }
            catch (AwsError e) when (e.Code == "OperationNotPermitted")
            {
                throw new FactoryException(AwsFaults.PublicBlocked(attempt.Where, region, $"{e.Code}: {e.Said}"), e);
            }
        }

        if (Destination.DeprecateAfterDays > 0)
            await ec2.CallAsync(region, "EnableImageDeprecation", cancellation, ("ImageId", ami), ("DeprecateAt", attempt.DeprecateAt())).ConfigureAwait(false);
    }
}
