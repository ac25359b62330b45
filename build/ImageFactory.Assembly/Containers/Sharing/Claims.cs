using System.Collections.Concurrent;
using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Registry;
using ImageFactory.Registry.Content;
using ImageFactory.Registry.Pushing;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Containers.Sharing;

/// <summary>
/// Who builds what, said by tags. A registry knows no "write only if unchanged", so two machines whose requests take longer than a beat may both believe
/// in their claim; they then do the same work, which the keys make harmless. A claim is alive as long as its manifest changes: no clock is compared, so
/// that of another machine may be wrong.
/// </summary>
internal sealed class Claims(Repository repository, TimeProvider time, TimeSpan patience)
{
    private const string ClaimType = "application/vnd.imagefactory.claim.v1+json";
    private const string Owner = "imagefactory-owner";
    private const string Beat = "imagefactory-beat";
    private const string Free = "nobody";

    /// <summary>Longer than a request takes from the look at a tag to its change, so that of two who looked the later one is seen by both.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    private bool hasEmptyBlob;

    private readonly ConcurrentDictionary<Sha256, (ContentDigest Seen, long Since)> others = new();

    /// <returns>Null while another machine has it.</returns>
    public async Task<IAsyncDisposable?> TryTakeAsync(Sha256 key, CancellationToken cancellation)
    {
        string tag = "claim-" + key.Hex;
        await PushEmptyBlobAsync(cancellation).ConfigureAwait(false);
        long looked = time.GetTimestamp();
        if (await repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false) is { } found && OwnerOf(found) != Free && !IsDead(key, found.Digest))
            return null;
        string me = Guid.NewGuid().ToString("n");
        await PutAsync(tag, me, 0, cancellation).ConfigureAwait(false);

        // Who was slow may have written over the claim of somebody who is at work already. The next beat tells.
        bool wasSlow = time.GetElapsedTime(looked) >= Settle;
        await Task.Delay(wasSlow ? Pause + Settle : Settle, time, cancellation).ConfigureAwait(false);
        if (await repository.FindManifestAsync(tag, cancellation).ConfigureAwait(false) is { } now && OwnerOf(now) != me)
            return null;
        others.TryRemove(key, out _);
        return new Claim(this, tag, me);
    }

    /// <summary>Seen unchanged for as long as this process is patient.</summary>
    private bool IsDead(Sha256 key, ContentDigest manifest)
    {
        (ContentDigest seen, long since) = others.AddOrUpdate(key, _ => (manifest, time.GetTimestamp()), (_, before) => before.Seen == manifest ? before : (manifest, time.GetTimestamp()));
        return seen == manifest && time.GetElapsedTime(since) >= patience;
    }

    private static string? OwnerOf(FetchedManifest manifest) => manifest.IsIndex ? null : manifest.ToManifest().Annotations.GetValueOrDefault(Owner);

    /// <summary>Before the look, so that little time passes between that and the claim.</summary>
    private async Task PushEmptyBlobAsync(CancellationToken cancellation)
    {
        if (hasEmptyBlob)
            return;
        BlobToPush empty = BlobToPush.Of(ManifestText.EmptyDescriptor, ManifestText.Empty);
        if (!await repository.HasBlobAsync(empty.Descriptor, cancellation).ConfigureAwait(false))
            await repository.PushBlobAsync(empty, null, null, null, cancellation).ConfigureAwait(false);
        hasEmptyBlob = true;
    }

    private async Task PutAsync(string tag, string owner, int beat, CancellationToken cancellation)
    {
        byte[] manifest = ManifestText.Manifest(
            ManifestText.EmptyDescriptor, [ManifestText.EmptyDescriptor], ClaimType, new Dictionary<string, string> { [Owner] = owner, [Beat] = beat.ToString(CultureInfo.InvariantCulture) });
        await repository.PutManifestAsync(tag, MediaTypes.OciManifest, manifest, cancellation).ConfigureAwait(false);
    }

    /// <summary>Shows that its holder lives, three times within the patience of others.</summary>
    private sealed class Claim : IAsyncDisposable
    {
        private readonly Claims claims;
        private readonly string tag;
        private readonly string owner;
        private readonly CancellationTokenSource end = new();
        private readonly Task beating;

        public Claim(Claims claims, string tag, string owner)
        {
            this.claims = claims;
            this.tag = tag;
            this.owner = owner;
            beating = BeatAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await end.CancelAsync().ConfigureAwait(false);
            await beating.ConfigureAwait(false);
            end.Dispose();
            try
            {
                if (await claims.Repository.FindManifestAsync(tag, CancellationToken.None).ConfigureAwait(false) is { } now && OwnerOf(now) == owner)
                    await claims.PutAsync(tag, Free, 0, CancellationToken.None).ConfigureAwait(false);
            }
            catch (FactoryException)
            {
                // It dies by itself.
            }
        }

        private async Task BeatAsync()
        {
            try
            {
                for (int beat = 1; ; beat++)
                {
                    await Task.Delay(claims.Pause, claims.Clock, end.Token).ConfigureAwait(false);
                    await claims.PutAsync(tag, owner, beat, end.Token).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or FactoryException)
            {
                // Without a beat others take over after a while, and the same is made twice.
            }
        }
    }

    private Repository Repository => repository;

    private TimeSpan Pause => patience / 3;

    private TimeProvider Clock => time;
}
