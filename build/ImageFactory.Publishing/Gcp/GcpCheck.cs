using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Model;
using ImageFactory.Pipeline;

namespace ImageFactory.Publishing.Gcp;

/// <summary>Asks Google, without changing anything, whether a publish can succeed.</summary>
internal sealed class GcpCheck(GcpClient client, GcpPlace place)
{
    private static readonly string[] InProject = ["compute.images.create", "compute.images.get", "compute.images.list", "compute.images.delete", "compute.images.setLabels", "compute.globalOperations.get"];
    private static readonly string[] WithoutBucket = ["storage.buckets.create", "storage.buckets.get", "storage.buckets.list", "storage.buckets.delete", "storage.objects.create", "storage.objects.get", "storage.objects.delete"];
    private static readonly string[] OnBucket = ["storage.objects.create", "storage.objects.get", "storage.objects.list", "storage.objects.delete"];

    public async Task<IReadOnlyList<Fault>> RunAsync(CancellationToken cancellation)
    {
        List<Fault> faults = [];
        await CollectAsync(() => ProjectAsync(cancellation)).ConfigureAwait(false);
        await CollectAsync(() => RightsAsync(cancellation)).ConfigureAwait(false);
        if (place.Bucket is { } bucket)
            await CollectAsync(() => BucketAsync(bucket, cancellation)).ConfigureAwait(false);
        if (place.Destination.Name is { } name)
            await CollectAsync(() => NameAsync(name, cancellation)).ConfigureAwait(false);
        return [.. faults.DistinctBy(f => (f.Code, f.Message))];

        // One answer that is a refusal does not hide what the others say; bad credentials are told once.
        async Task CollectAsync(Func<Task<Fault?>> ask)
        {
            if (faults.Any(f => f.Code is "IFU505"))
                return;
            try
            {
                if (await ask().ConfigureAwait(false) is { } fault)
                    faults.Add(fault);
            }
            catch (GcpError e)
            {
                faults.Add(GcpFaults.Of(place.Where, e));
            }
            catch (FactoryException e)
            {
                faults.AddRange(e.Faults);
            }
        }
    }

    private async Task<Fault?> ProjectAsync(CancellationToken cancellation)
    {
        try
        {
            return await new GcpImages(client, place).QuotaAsync(cancellation).ConfigureAwait(false) is { } quota && quota.Usage >= quota.Limit
                ? GcpFaults.QuotaReached(place.Where, place.Project!, quota.Limit)
                : null;
        }
        catch (GcpError e) when (e.Status == 404)
        {
            return GcpFaults.ProjectAbsent(place.Where, place.Project!);
        }
        catch (GcpError e) when (e.Status == 403 && GcpFaults.Of(place.Where, e).Code == "IFU504")
        {
            // Not to see the quota is no obstacle.
            return null;
        }
    }

    private async Task<Fault?> RightsAsync(CancellationToken cancellation)
    {
        string[] needed = place.Bucket is null ? [.. InProject, .. WithoutBucket] : InProject;
        JsonElement answer;
        try
        {
            answer = await client.CallAsync(
                "projects.testIamPermissions",
                HttpMethod.Post,
                new Uri($"{client.ResourceManager.AbsoluteUri}v1/projects/{Uri.EscapeDataString(place.Project!)}:testIamPermissions"),
                new JsonObject { ["permissions"] = new JsonArray([.. needed.Select(p => JsonValue.Create(p))]) },
                cancellation).ConfigureAwait(false);
        }
        catch (GcpError e) when (e.Status is 403 or 404)
        {
            place.Around.Reporter.Report(new Said($"Google Cloud {place.Project}: rights in the project cannot be asked for ({e.Said})"));
            return null;
        }

        return Missing(needed, answer) is { Count: > 0 } missing ? GcpFaults.RightsMissing(place.Where, $"project '{place.Project}'", missing) : null;
    }

    private async Task<Fault?> BucketAsync(string bucket, CancellationToken cancellation)
    {
        StagingArea staging = new(client, place);
        string query = string.Join('&', OnBucket.Select(p => "permissions=" + p));
        JsonElement? answer = await client.FindAsync(
            "buckets.testIamPermissions", HttpMethod.Get, new Uri($"{staging.AddressOf(bucket).AbsoluteUri}/iam/testPermissions?{query}"), null, cancellation).ConfigureAwait(false);
        if (answer is not { } found)
            return GcpFaults.BucketAbsent(place.Where, bucket);
        return Missing(OnBucket, found) is { Count: > 0 } missing ? GcpFaults.RightsMissing(place.Where, $"bucket '{bucket}'", missing) : null;
    }

    private async Task<Fault?> NameAsync(string name, CancellationToken cancellation) =>
        await new GcpImages(client, place).FindAsync(name, cancellation).ConfigureAwait(false) is { } there && !place.IsOurs(there.Labels)
            ? GcpFaults.NameOfAnother(place.Where, name)
            : null;

    private static List<string> Missing(string[] needed, JsonElement answer)
    {
        HashSet<string> granted = [.. answer.Items("permissions").Select(p => p.GetString()!)];
        return [.. needed.Where(p => !granted.Contains(p))];
    }
}
