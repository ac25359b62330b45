using System.Globalization;
using System.Text;
using ImageFactory.Assembly.Comparison;
using ImageFactory.Build.Reporting;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;
using ImageFactory.Recipes;

namespace ImageFactory.Build.Composition;

/// <summary>
/// Proves that a recipe gives the same bytes twice. The first build is the user's own, made or found; the second starts from nothing: an empty store in a folder
/// with another, longer name, one stage at a time where the first ran them side by side, later by the clock.
/// </summary>
internal sealed class ReproduceAnswers(FactoryOptions options, IReporter reporter, BuildLog log, IProgramRunner programs, TimeProvider time)
{
    /// <summary>More lines help nobody; the rest is counted.</summary>
    private const int MostShown = 20;

    public async Task<Answer> ReproduceAsync(BuildSession session, LoadedRecipe loaded, CancellationToken cancellation)
    {
        if (session.Recipe.RootProtection == RootProtection.Luks || session.SecureExecution is not null)
            throw new FactoryException(BuildFaults.KeysDiffer(options.Recipe));
        Manifest first = (await BuildAsync(options, session, log, cancellation).ConfigureAwait(false)).Manifest;
        using JournaledFolder elsewhere = JournaledFolder.Make(session.Store, reporter, options.Output);
        FactoryOptions again = options with
        {
            Store = Path.Combine(elsewhere.Folder.FullName, "a store of its own"),
            Output = Path.Combine(elsewhere.Folder.FullName, "artifacts"),
            Jobs = 1,
        };
        BuildSession other = await BuildSession.OpenAsync(again, loaded, programs, time, fresh: false, cancellation).ConfigureAwait(false);

        // What it says is in the first one's log already, which stays.
        using BuildLog unread = new(time, new SecretMask());
        Manifest second = (await BuildAsync(again, other, unread, cancellation).ConfigureAwait(false)).Manifest;
        IReadOnlyList<DiskDifference> differences = await CompareAsync(session, other, first, second, again, elsewhere.Folder, cancellation).ConfigureAwait(false);
        return AnswerOf(Path.Combine(options.Output, session.FolderName, first.Content.Artifacts[0].File), first, second, differences);
    }

    private Task<BuildOutcome> BuildAsync(FactoryOptions where, BuildSession session, BuildLog to, CancellationToken cancellation) =>
        new BuildAnswers(where, reporter, to, time).BuildAsync(session, bootCheck: false, publish: null, cancellation);

    private async Task<IReadOnlyList<DiskDifference>> CompareAsync(
        BuildSession session, BuildSession other, Manifest first, Manifest second, FactoryOptions again, DirectoryInfo elsewhere, CancellationToken cancellation)
    {
        List<DiskDifference> found = [.. OfManifests(first.Content, second.Content)];
        string file = first.Content.Artifacts[0].File;
        if (first.Content.Artifacts[0].Sha256 == second.Content.Artifacts[0].Sha256)
            return found;
        DirectoryInfo tools = await new BuildAnswers(again, reporter, log, time).ReachAsync(other, ToolSet.Image.Name, stage => stage.Output!, cancellation).ConfigureAwait(false);
        IReadOnlyList<DiskDifference> inside = await new DiskComparer(programs, new Toolbox(tools).Call).CompareAsync(
            Path.Combine(options.Output, session.FolderName, file), Path.Combine(again.Output, other.FolderName, file), elsewhere.CreateSubdirectory("compared"), cancellation).ConfigureAwait(false);
        return [.. found, .. inside.Count > 0 ? inside : [new DiskDifference(file, "the disk is the same, the file around it is not")]];
    }

    /// <summary>What went in, and each stage whose output differs: the first of them is where it begins. Everything else follows from these.</summary>
    private static IEnumerable<DiskDifference> OfManifests(ManifestContent first, ManifestContent second)
    {
        foreach (ManifestInput input in first.Inputs.Except(second.Inputs))
            yield return new DiskDifference($"input {input.Name}", $"{input.Sha256} in the first build only: the packages or images to be had changed in between");
        foreach ((string stage, Sha256 digest) in first.Stages.Where(s => second.Stages.GetValueOrDefault(s.Key) != s.Value))
            yield return new DiskDifference($"stage {stage}", $"{digest} against {(second.Stages.TryGetValue(stage, out Sha256 its) ? its.Hex : "nothing")}");
        if (CanonicalJson.Write(first) != CanonicalJson.Write(second) && first.Stages.All(s => second.Stages.GetValueOrDefault(s.Key) == s.Value))
            yield return new DiskDifference("manifest", "its content differs although all stages gave the same");
    }

    private static Answer AnswerOf(string image, Manifest first, Manifest second, IReadOnlyList<DiskDifference> differences)
    {
        StringBuilder text = new();
        if (differences.Count == 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"reproduced  {image}\n");
            text.Append(CultureInfo.InvariantCulture, $"sha256      {first.Content.Artifacts[0].Sha256}\n");
            text.Append(CultureInfo.InvariantCulture, $"compared    image, {first.Content.Artifacts.Count - 1} files beside it, outputs of {first.Content.Stages.Count} stages: all the same\n");
            text.Append(CultureInfo.InvariantCulture, $"second      from an empty store, one stage at a time, in {second.Run.Seconds:0.0} s\n");
        }
        else
        {
            text.Append("NOT reproduced: two builds of one recipe differ\n");
            foreach (DiskDifference difference in differences.Take(MostShown))
                text.Append(CultureInfo.InvariantCulture, $"  {difference.Place}: {difference.What}\n");
            if (differences.Count > MostShown)
                text.Append(CultureInfo.InvariantCulture, $"  and {differences.Count - MostShown} more; --json has them all\n");
        }

        return new Answer(text.ToString())
        {
            Faults = differences.Count == 0 ? [] : [BuildFaults.NotReproduced(image, differences[0].Place, differences.Count)],
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteBoolean("reproduced", differences.Count == 0);
                json.WriteString("first", first.Content.Artifacts[0].Sha256.Hex);
                json.WriteString("second", second.Content.Artifacts[0].Sha256.Hex);
                json.WriteStartArray("differences");
                foreach (DiskDifference difference in differences)
                {
                    json.WriteStartObject();
                    json.WriteString("place", difference.Place);
                    json.WriteString("what", difference.What);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }),
        };
    }
}
