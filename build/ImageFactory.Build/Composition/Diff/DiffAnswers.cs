using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Assembly.AgentPolicy.Rendering;
using ImageFactory.Assembly.Comparison.Contents;
using ImageFactory.Measurement.Reporting;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Build.Composition.Diff;

/// <summary>Says how two images differ and, from the manifests of their builds, why.</summary>
internal static class DiffAnswers
{
    /// <summary>Lines of each kind of change, without <c>--all</c>.</summary>
    private const int MostShown = 20;

    /// <param name="tools">The tools that read file systems; asked for only when there are two images.</param>
    public static async Task<Answer> DiffAsync(DiffQuestion question, Func<Task<Toolbox>> tools, IProgramRunner programs, CancellationToken cancellation)
    {
        DiffSide before = await DiffSide.OpenAsync(question.Before.Path, question.Before.ShownAs, cancellation).ConfigureAwait(false);
        DiffSide after = await DiffSide.OpenAsync(question.After.Path, question.After.ShownAs, cancellation).ConfigureAwait(false);
        DiffReport report = new()
        {
            Before = FactsOf(before),
            After = FactsOf(after),
            NotCompared = [.. before.Notes, .. after.Notes],
            Causes = before.Manifest is { } old && after.Manifest is { } fresh ? DiffCauses.Between(old, fresh) : null,
        };
        if (before.Image is not null && before.Digest == after.Digest)
            return AnswerOf(report with { Packages = [], Files = [], Units = [], KernelArguments = [], Boot = [], Policy = [], Registers = [] }, question.All);
        if (before.Image is null || after.Image is null)
            report = WithoutImages(report, before, after);
        else
            report = await WithImagesAsync(report, before, after, await tools().ConfigureAwait(false), programs, cancellation).ConfigureAwait(false);
        return AnswerOf(ManifestChanges.Add(report, before, after), question.All);
    }

    private static DiffedImage FactsOf(DiffSide side) =>
        new(side.ShownAs, side.Digest ?? (side.Manifest?.Content.Artifacts is [ManifestArtifact image, ..] ? image.Sha256 : null), side.Manifest?.Content.Recipe);

    private static DiffReport WithoutImages(DiffReport report, DiffSide before, DiffSide after)
    {
        if (before.Manifest is null || after.Manifest is null)
        {
            (DiffSide bare, DiffSide other) = before.Manifest is null ? (before, after) : (after, before);
            throw new FactoryException(DiffFaults.NothingInCommon(bare.ShownAs, other.ShownAs));
        }

        MeasurementDiff? measured = ManifestChanges.Measurements(before, after);
        return report with
        {
            Measurements = measured is null ? null : ChangeCauses.Explain(measured, before.Manifest, after.Manifest),
            Registers = measured is null ? null : [.. measured.Registers.Select(r => r.ToString())],
            NotCompared = [.. report.NotCompared, "packages: manifests do not list them, and there is no SBOM of both builds", "files, units, boot files: manifests do not list them, name two images for these"],
        };
    }

    private static async Task<DiffReport> WithImagesAsync(DiffReport report, DiffSide before, DiffSide after, Toolbox tools, IProgramRunner programs, CancellationToken cancellation)
    {
        DirectoryInfo work = Directory.CreateTempSubdirectory("image-factory-diff-");
        try
        {
            ContentChanges changes = await new ContentComparer(programs, tools.Call)
                .CompareAsync((before.Image!, before.ShownAs), (after.Image!, after.ShownAs), work, cancellation).ConfigureAwait(false);
            report = report with
            {
                Packages = changes.Packages,
                Files = changes.Files,
                Units = changes.Units,
                KernelArguments = changes.KernelArguments,
                Boot = changes.Boot,
                Policy = changes.Policy is null ? null : [.. changes.Policy.Changes.Select(CallOf)],
                NotCompared = [.. report.NotCompared, .. changes.NotCompared],
            };
        }
        finally
        {
            work.Delete(recursive: true);
        }

        return await MeasuredAsync(report, before, after, cancellation).ConfigureAwait(false);
    }

    /// <summary>An image that nobody can attest has no measurements, and is compared in everything else.</summary>
    private static async Task<DiffReport> MeasuredAsync(DiffReport report, DiffSide before, DiffSide after, CancellationToken cancellation)
    {
        try
        {
            MeasurementDiff diff = MeasurementDiff.Between(
                await MeasureAnswers.ReportOfAsync(before.Image!, cancellation).ConfigureAwait(false), await MeasureAnswers.ReportOfAsync(after.Image!, cancellation).ConfigureAwait(false));
            if (before.Manifest is { } old && after.Manifest is { } fresh)
                diff = ChangeCauses.Explain(diff, old, fresh);
            return report with { Measurements = diff, Registers = [.. diff.Registers.Select(r => r.ToString())] };
        }
        catch (FactoryException e)
        {
            return report with { NotCompared = [.. report.NotCompared, .. e.Faults.Select(f => $"measurements: {f.Code}: {f.Message}")] };
        }
    }

    private static CallChange CallOf(PolicyChange change) => new(
        change.Call,
        change.Effect switch
        {
            PolicyEffect.Wider => "wider",
            PolicyEffect.Narrower => "narrower",
            PolicyEffect.OtherRules => "other-rules",
            _ => "other",
        },
        change.Before is null ? null : PolicyTable.WordOf(change.Before.Verdict),
        change.After is null ? null : PolicyTable.WordOf(change.After.Verdict));

    /// <summary>Two images that differ are no fault: as in <c>measure diff</c> and <c>policy diff</c>, the answer is what was asked for.</summary>
    private static Answer AnswerOf(DiffReport report, bool all) =>
        new(new DiffText(report, all ? int.MaxValue : MostShown).Write()) { Json = () => CanonicalJson.Write(report) };
}

/// <param name="Before">Absolute path, and how the caller wrote it.</param>
/// <param name="After">The same of the newer image.</param>
/// <param name="All">No bound for the lines of the text.</param>
internal sealed record DiffQuestion((string Path, string ShownAs) Before, (string Path, string ShownAs) After, bool All);
