using ImageFactory.Build.Composition;
using ImageFactory.Build.Composition.Diff;
using ImageFactory.SecureExecution.HostKeys;

namespace ImageFactory.Build.Tests.Support;

/// <summary>For tests of the host that must not reach any library.</summary>
internal sealed class UnusedFactory : IFactory
{
    public Task<Answer> HkdCheckAsync(HostKeySettings settings, CancellationToken cancellation) => throw Reached();

    public Task<Answer> ReproduceAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> RenderAsync(string provider, CancellationToken cancellation) => throw Reached();

    public Task<Answer> SeInfoAsync(SeInfoCall call, CancellationToken cancellation) => throw Reached();

    public Task<Answer> SeVerifyAsync(SeVerifyCall call, CancellationToken cancellation) => throw Reached();

    public Task<Answer> SeRefValuesAsync(SeRefValuesCall call, CancellationToken cancellation) => throw Reached();

    public Task<Answer> SeCreateAsync(SeCreateCall call, CancellationToken cancellation) => throw Reached();

    public Task<Answer> SeTrusteeBundleAsync(SeBundleCall call, CancellationToken cancellation) => throw Reached();

    public Task<Answer> ValidateAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> PlanAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> ForecastAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> BuildAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> MakeAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> PublishAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> UnpublishAsync(string? image, bool force, CancellationToken cancellation) => throw Reached();

    public Task<Answer> CollectAsync(bool remove, CancellationToken cancellation) => throw Reached();

    public Task<Answer> BootCheckAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> ExplainAsync(string stage, CancellationToken cancellation) => throw Reached();

    public Task<Answer> LockAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> CleanAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> SchemaAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> StoreGcAsync(long maxSize, CancellationToken cancellation) => throw Reached();

    public Task<Answer> StoreListAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> StoreVerifyAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> InspectAsync(string image, bool lint, CancellationToken cancellation) => throw Reached();

    public Task<Answer> MeasureAsync(string image, MeasureQuestion question, CancellationToken cancellation) => throw Reached();

    public Task<Answer> DiffAsync(DiffQuestion question, CancellationToken cancellation) => throw Reached();

    public Task<Answer> MeasureDiffAsync(string before, string after, CancellationToken cancellation) => throw Reached();

    public Task<Answer> VerifyAsync(VerifyQuestion question, CancellationToken cancellation) => throw Reached();

    public Task<Answer> PolicyShowAsync(string? file, string? kata, CancellationToken cancellation) => throw Reached();

    public Task<Answer> PolicyCheckAsync(IReadOnlyList<string> files, string? kata, CancellationToken cancellation) => throw Reached();

    public Task<Answer> BundleAsync(string file, CancellationToken cancellation) => throw Reached();

    public Task<Answer> PolicyTestAsync(string file, string? cases, string? kata, CancellationToken cancellation) => throw Reached();

    public Task<Answer> PolicyDiffAsync(string before, string after, string? kata, CancellationToken cancellation) => throw Reached();

    public Task<Answer> JobCreateAsync(CancellationToken cancellation) => throw Reached();

    public Task<Answer> JobDeleteAsync(bool force, bool gallery, CancellationToken cancellation) => throw Reached();

    public Task<Answer> JobDeleteGalleryAsync(bool force, CancellationToken cancellation) => throw Reached();

    public Task<Answer> FleetPlanAsync(string list, CancellationToken cancellation) => throw Reached();

    public Task<Answer> FleetBuildAsync(string list, string? index, CancellationToken cancellation) => throw Reached();

    public Task<Answer> FleetStatusAsync(string? list, CancellationToken cancellation) => throw Reached();

    private static InvalidOperationException Reached() => new("a library was reached");
}
