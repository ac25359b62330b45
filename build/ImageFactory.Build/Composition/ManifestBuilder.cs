using ImageFactory.Assembly;
using ImageFactory.Build.Reporting;
using ImageFactory.Measurement;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Reporting;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline.Running;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Build.Composition;

/// <summary>Puts together the manifest from what the stages left, so that a build that reused everything says the same.</summary>
internal static class ManifestBuilder
{
    public static Manifest Build(BuildSession session, RunResult run, IReadOnlyList<ManifestArtifact> artifacts, ManifestRun runPart)
    {
        StageResult disk = run[ImageBuild.Goal];
        StageResult? root = run.Stages.FirstOrDefault(s => s.Stage == ImageBuild.RootGoal);

        // A boot check that went along made nothing of the image.
        HashSet<string> making = [.. session.Graph.UpTo(session.Goals).Select(s => s.Name)];
        return new Manifest
        {
            Content = new ManifestContent
            {
                Recipe = session.Recipe.Name,
                RecipeDigest = session.Loaded.Digest,
                Architecture = session.Recipe.Architecture,
                SourceDateEpoch = session.Recipe.SourceDateEpoch,
                Debug = session.IsDebug,
                Artifacts = artifacts,
                Disk = ImageBuild.ReadDiskFacts(disk.Output!),
                Uki = session.Image.HasUki ? ImageBuild.ReadUkiFacts(run[ImageBuild.UkiGoal].Output!) : null,
                Boot = session.Recipe is { Architecture: Architecture.S390x, IsTakenAsIs: false } ? ImageBuild.ReadBootFacts(disk.Output!) : null,
                SecureExecution = session.SecureExecution is { } secure
                    ? ImageBuild.ReadSecureExecutionFacts(run[ImageBuild.SecureGoal].Output!) with { HostKeysVerified = secure.Verified }
                    : null,
                Root = RootFacts(session, root),
                AgentPolicy = session.Policy is not { } policy ? null : new AgentPolicyFacts(
                    policy.Name,
                    policy.Files[0].Path,
                    policy.Digest,
                    policy.Kata.ToString(),
                    policy.Rows.ToDictionary(r => r.Call, r => r.Verdict.ToString().ToLowerInvariant(), StringComparer.Ordinal)),
                Measurements = MeasuredValues(run),
                Inputs = [.. Inputs(session, root is null ? run.Stages.Where(s => making.Contains(s.Stage)) : [root]), .. Images(run, making)],
                Tools = Tools(session, run),
                Stages = run.Stages.Where(s => making.Contains(s.Stage) && s.Entry is not null)
                    .ToDictionary(s => s.Stage, s => s.Entry!.Output, StringComparer.Ordinal),
            },
            Run = runPart,
        };
    }

    /// <summary>An encrypted root is for its machines only: names of folders in it are not told.</summary>
    private static RootFacts? RootFacts(BuildSession session, StageResult? root)
    {
        if (root is null)
            return null;
        RootFacts facts = ImageBuild.ReadRootFacts(root.Output!);
        return session.Recipe.RootProtection == RootProtection.Luks ? facts with { Folders = null } : facts;
    }

    public static IReadOnlyList<ManifestStageRun> StageRuns(RunResult run, DateTimeOffset started) =>
    [
        .. run.Stages.Select(s => new ManifestStageRun(
            s.Stage,
            s.Entry?.Key.Hex ?? "",
            EventText.Outcome(s.Outcome),
            Math.Round(s.Elapsed.TotalSeconds, 2))
        {
            Start = Math.Round(Math.Max(0, (s.Ended - s.Elapsed - started).TotalSeconds), 2),
            Bytes = s.Entry?.Bytes ?? 0,
        }),
    ];

    /// <summary>Accepted values of each register that the image decides.</summary>
    private static SortedDictionary<string, IReadOnlyList<string>>? MeasuredValues(RunResult run)
    {
        if (run.Stages.FirstOrDefault(s => s.Stage == MeasureStage.StageName)?.Output is not { } output)
            return null;
        string file = Path.Combine(output.FullName, MeasurementReport.FileName);
        if (!File.Exists(file))
            return null;
        MeasurementReport report = MeasurementReport.Parse(File.ReadAllText(file));
        SortedDictionary<string, IReadOnlyList<string>> values = new(StringComparer.Ordinal);
        foreach (RegisterReport register in report.Registers.Where(r => r.Register != Register.Pcr(5)))
            values[register.Register.ToString()] = [.. register.Values.Select(v => v.Value.Sha256!)];
        return values;
    }

    /// <summary>
    /// Files of the recipe, and everything that the stages' keys name by digest. Those of the root name policy, payloads, overlay trees and files;
    /// without a root there is but the image itself.
    /// </summary>
    private static IReadOnlyList<ManifestInput> Inputs(BuildSession session, IEnumerable<StageResult> stages) =>
    [
        .. session.Loaded.Files.Select(f => new ManifestInput("recipe " + Path.GetFileName(f), Sha256.Of(File.ReadAllBytes(f)))),
        .. stages.SelectMany(s => s.Entry?.Fields ?? []).Where(f => Sha256.IsHex(f.Value)).Select(f => new ManifestInput(f.Name, new Sha256(f.Value))),
    ];

    /// <summary>Images by the digest of the manifest that was taken; one whose digest is of another kind stands in its own name.</summary>
    private static IEnumerable<ManifestInput> Images(RunResult run, HashSet<string> making) => ImageBuild
        .ReadImages(run.Stages.Where(s => making.Contains(s.Stage) && s.Output is not null).Select(s => s.Output!))
        .Where(i => i.Manifest.StartsWith("sha256:", StringComparison.Ordinal))
        .Select(i => new ManifestInput("image " + i.Reference, new Sha256(i.Manifest["sha256:".Length..])));

    private static SortedDictionary<string, string> Tools(BuildSession session, RunResult run)
    {
        SortedDictionary<string, string> tools = new(StringComparer.Ordinal);
        if (session.Recipe.IsTakenAsIs)
            return tools;
        foreach ((string name, string version) in session.HostPrograms.Concat(run.Stages.FirstOrDefault(s => s.Stage == ToolSet.Image.Name) is { Output: { } output } ? ImageBuild.ReadToolVersions(output) : []))
            tools[name] = version;
        return tools;
    }
}
