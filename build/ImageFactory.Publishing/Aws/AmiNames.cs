using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Pipeline;

namespace ImageFactory.Publishing.Aws;

/// <summary>Who has a name in a region. Names are unique there, and no image can be renamed.</summary>
internal sealed class AmiNames(AmiTry attempt, Ec2 ec2, AmiDestination destination)
{
    private string Where => attempt.Where;

    public Task<IReadOnlyList<AmiFacts>> FindByNameAsync(string region, string name, CancellationToken cancellation) =>
        ec2.FindImagesAsync(region, cancellation, ("name", name));

    /// <summary>This very image under its name; null when the name is free.</summary>
    /// <exception cref="FactoryException">IFU310, IFU311: the name belongs to something else.</exception>
    public async Task<AmiFacts?> FindThisAsync(string region, string name, PublishableImage image, CancellationToken cancellation)
    {
        AmiFacts? there = (await FindByNameAsync(region, name, cancellation).ConfigureAwait(false)).FirstOrDefault(i => i.State != "deregistered");
        if (there is null)
            return null;
        if (!attempt.IsOurs(there.Tags))
            throw new FactoryException(AwsFaults.NameOfAnother(Where, name, there.Id, region));
        if (ImageTags.ImageOf(there.Tags.GetValueOrDefault(ImageTags.Image)) != image.Digest)
            throw new FactoryException(AwsFaults.NameOfOtherImage(Where, name, there.Id, region));
        return there;
    }

    /// <summary>The same; or another image of ours, which gives the name up where the destination says so.</summary>
    /// <exception cref="FactoryException">IFU112: that one is in use.</exception>
    public async Task<(AmiFacts? This, AmiFacts? Former)> FindAsync(string region, string name, PublishableImage image, CancellationToken cancellation)
    {
        AmiFacts? there = destination.Replace ? (await FindByNameAsync(region, name, cancellation).ConfigureAwait(false)).FirstOrDefault(i => i.State != "deregistered") : null;
        if (there is null || !attempt.IsOurs(there.Tags) || ImageTags.ImageOf(there.Tags.GetValueOrDefault(ImageTags.Image)) == image.Digest)
            return (await FindThisAsync(region, name, image, cancellation).ConfigureAwait(false), null);
        await RefuseInUseAsync(region, there, cancellation).ConfigureAwait(false);
        return (null, there);
    }

    /// <summary>Waits until the image of the name can be started.</summary>
    public async Task<AmiFacts> AvailableAsync(string region, string name, PublishableImage image, CancellationToken cancellation) => await attempt.Waiting().UntilAsync(
        async token =>
        {
            AmiFacts? facts = await FindThisAsync(region, name, image, token).ConfigureAwait(false);
            if (facts is { IsBroken: true })
                throw new FactoryException(AwsFaults.BadState(Where, $"image {facts.Id}", facts.State, facts.Reason));
            return facts is { IsAvailable: true } ? facts : null;
        },
        after => PublishFaults.TimedOut(Where, $"image '{name}' in {region}", after),
        cancellation).ConfigureAwait(false);

    /// <summary>
    /// Makes an image in the place of the former one, whose snapshots go when the new one can be started: until then the former could be registered
    /// from them again.
    /// </summary>
    public async Task<AmiFacts> MakeAsync(string region, AmiFacts? former, Func<Task<AmiFacts>> make, CancellationToken cancellation)
    {
        if (former is null)
            return await make().ConfigureAwait(false);

        // The upload took its time: somebody may have started a machine from it.
        await RefuseInUseAsync(region, former, cancellation).ConfigureAwait(false);
        AmiRemoval removal = new(attempt, ec2);
        string rest = $"its disk is still there as {string.Join(", ", former.Snapshots)}, from which 'aws ec2 register-image' makes it again; ./build.sh gc --remove takes it away";
        AmiFacts made = await new Former(AmiTry.Ami, former.Id, former.Snapshots.Count > 0 ? rest : null).GivesWayAsync(
            Where,
            () => removal.DeregisterAsync(region, former.Id, cancellation),
            async token => (await ec2.FindImagesAsync(region, token, ("image-id", former.Id)).ConfigureAwait(false)).Any(i => i.State != "deregistered"),
            async () =>
            {
                await removal.UntilGoneAsync(region, former.Id, cancellation).ConfigureAwait(false);
                return await make().ConfigureAwait(false);
            },
            e => e is AwsError refused ? AwsFaults.Of(Where, refused) : null).ConfigureAwait(false);
        foreach (string snapshot in former.Snapshots)
        {
            try
            {
                await removal.DeleteSnapshotAsync(region, snapshot, cancellation).ConfigureAwait(false);
            }
            catch (Exception e) when (e is AwsError or FactoryException)
            {
                attempt.Setting.Surroundings.Reporter.Report(new Faulted(PublishFaults.LeftBehind(Where, AmiTry.Snapshot, snapshot, e.Message)));
            }
        }

        return made;
    }

    private async Task RefuseInUseAsync(string region, AmiFacts image, CancellationToken cancellation)
    {
        if (await ec2.FindInstanceAsync(region, image.Id, cancellation).ConfigureAwait(false) is { } instance)
            throw new FactoryException(PublishFaults.InTheWay(Where, AmiTry.Ami, image.Id, $"instance {instance}"));
    }
}
