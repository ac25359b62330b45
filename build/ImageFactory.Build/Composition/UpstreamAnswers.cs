using System.Text;
using System.Text.Json;
using ImageFactory.Assembly;
using ImageFactory.Build.Reporting;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Pipeline.Running;
using ImageFactory.Trust.Verifying;

namespace ImageFactory.Build.Composition;

/// <summary>
/// Whether what a recipe leaves open (what a tag stands for, which packages an archive offers) is other than in the last build, by its manifest.
/// Only the stages that ask are run; nothing is fetched.
/// </summary>
internal sealed class UpstreamAnswers(FactoryOptions options, BuildAnswers builds)
{
    public async Task<Answer> CheckAsync(BuildSession session, CancellationToken cancellation)
    {
        if (options.Offline)
            throw new FactoryException(BuildFaults.OfflineCheck());
        string manifest = Path.Combine(options.Output, session.FolderName, FolderVerifier.ManifestFile);
        IReadOnlyDictionary<string, Sha256> last = StagesOf(manifest);

        List<Found> found = [];
        foreach (string stage in session.Graph.UpTo(session.Goals).Where(s => s.MaxAge is not null && s.After.Count == 0).Select(s => s.Name))
            found.Add(await builds.ReachAsync(session, stage, r => Found.Of(r, last), cancellation).ConfigureAwait(false));

        // Without a build there is nothing that could be up to date.
        bool isNew = last.Count == 0 || found.Any(f => f.IsNew);
        StringBuilder text = new();
        foreach (Found one in found)
            text.Append(one.IsNew ? "new       " : "the same  ").Append(one.Stage).Append(one.Image is null ? "" : ": " + one.Image).Append('\n');
        text.Append(last.Count == 0 ? $"there is no build yet: {manifest}\n" : isNew ? "" : "nothing is new\n");
        return new Answer(text.ToString())
        {
            EndsWith = isNew ? ExitCode.Outdated : ExitCode.Ok,
            Faults = session.Warnings,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteBoolean("new", isNew);
                json.WriteStartArray("stages");
                foreach (Found one in found)
                {
                    json.WriteStartObject();
                    json.WriteString("stage", one.Stage);
                    json.WriteBoolean("new", one.IsNew);
                    json.WriteString("image", one.Image);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }),
        };
    }

    /// <summary>Stages of the last build and what they gave; none when there is no build or its manifest is of another time.</summary>
    private static IReadOnlyDictionary<string, Sha256> StagesOf(string manifest)
    {
        try
        {
            return JsonSerializer.Deserialize<Manifest>(File.ReadAllText(manifest), CanonicalJson.Options)!.Content.Stages;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return new Dictionary<string, Sha256>();
        }
    }

    /// <param name="Image">What a reference stands for now; null for packages.</param>
    private sealed record Found(string Stage, bool IsNew, string? Image)
    {
        public static Found Of(StageResult result, IReadOnlyDictionary<string, Sha256> last) => new(
            result.Stage,
            !last.TryGetValue(result.Stage, out Sha256 before) || before != result.Entry!.Output,
            ImageBuild.ReadImages([result.Output!]).Select(i => $"{i.Reference} is {i.Digest}").FirstOrDefault());
    }
}
