using System.Globalization;
using System.Text;
using ImageFactory.Assembly;
using ImageFactory.Assembly.Containers;
using ImageFactory.Assembly.Locking;
using ImageFactory.Assembly.Packages;
using ImageFactory.Build.Reporting;
using ImageFactory.Model;
using ImageFactory.Pipeline.Explaining;
using ImageFactory.Recipes.Writing;

namespace ImageFactory.Build.Composition;

/// <summary>Says what a recipe means, without making anything.</summary>
internal sealed class RecipeAnswers(FactoryOptions options, BuildAnswers builds)
{
    public Answer Validate(BuildSession session) => new($"{options.Recipe}: the recipe '{session.Recipe.Name}' is valid\n")
    {
        OnlyFor = "Validate",
        Faults = session.Warnings,
        Json = () => JsonForm.Write(json =>
        {
            json.WriteStartObject();
            json.WriteString("recipe", session.Recipe.Name);
            json.WriteString("digest", session.Loaded.Digest.Hex);
            json.WriteEndObject();
        }),
    };

    public Answer Plan(BuildSession session)
    {
        IReadOnlyList<StageForecast> forecast = builds.Forecast(session, session.Goals);
        StringBuilder text = new();
        text.Append("# ").Append(options.Recipe).Append(", resolved; digest ").Append(session.Loaded.Digest.Hex).Append('\n');
        text.Append(RecipePlan.ToText(session.Loaded, options.ShowOrigin));
        text.Append("\n# agent policy: ").Append(session.Policy is { } policy ? $"{policy.Name}, sha256 {policy.Digest.Hex}" : "the image's own").Append('\n');
        text.Append("# stages:\n");
        foreach (string line in ForecastText(forecast).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            text.Append("#   ").Append(line).Append('\n');
        return new Answer(text.ToString())
        {
            Faults = session.Warnings,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteString("digest", session.Loaded.Digest.Hex);
                json.WritePropertyName("recipe");
                json.WriteRawValue(RecipePlan.ToJson(session.Loaded, options.ShowOrigin));
                json.WriteString("agentPolicy", session.Policy?.Digest.Hex);
                json.WritePropertyName("stages");
                json.WriteRawValue(ForecastJson(forecast));
                json.WriteEndObject();
            }),
        };
    }

    public Answer Forecast(BuildSession session)
    {
        IReadOnlyList<StageForecast> forecast = builds.Forecast(session, session.Goals);
        return new Answer(ForecastText(forecast)) { Json = () => ForecastJson(forecast) };
    }

    public Answer Explain(BuildSession session, string stage)
    {
        string[] names = [.. session.Graph.Stages.Select(s => s.Name)];
        if (!names.Contains(stage))
            throw new FactoryException(BuildFaults.UnknownStage(stage, NearestName.Of(stage, names), names));
        StageForecast found = builds.Forecast(session, [stage]).First(f => f.Stage == stage);
        StringBuilder text = new();
        text.Append(stage).Append(": ").Append(Verdict(found.Verdict)).Append('\n');
        foreach (string reason in found.Reasons)
            text.Append("  ").Append(reason).Append('\n');
        if (found.Key is { } key)
            text.Append("  key ").Append(key.Hex).Append('\n');
        if (found.LastRan is { } last)
            text.Append(CultureInfo.InvariantCulture, $"  last built {last:yyyy-MM-dd HH:mm:ss}Z in {found.LastElapsed?.TotalSeconds:0.0} s, because {found.LastWhy}\n");
        return new Answer(text.ToString()) { Json = () => ForecastJson([found]) };
    }

    public async Task<Answer> LockAsync(BuildSession session, CancellationToken cancellation)
    {
        string path = BuildSession.LockPath(session.Loaded);
        IReadOnlyList<(string Stage, string Reference)> images = session.Image.UnpinnedImages;
        bool hasPackages = session.Graph.Stages.Any(s => s.Name == ImageBuild.LockGoal);
        List<LockedInput> inputs = [.. await LockInputs.OfAsync(session.Loaded, session.Policy, session.Image, cancellation).ConfigureAwait(false)];
        PackageLock? packages = null;
        IReadOnlyList<string> goals = [.. images.Select(i => i.Stage), .. hasPackages ? [ImageBuild.LockGoal] : Array.Empty<string>()];
        if (goals.Count > 0)
        {
            await builds.ReachAsync(
                session,
                goals,
                run =>
                {
                    inputs.AddRange(images.Select(i => new LockedInput(LockedInput.ImagePrefix + i.Reference, PinnedImage.Read(run[i.Stage].Output!).Digest)).DistinctBy(i => i.Name));
                    packages = hasPackages ? ImageBuild.ReadLock(run[ImageBuild.LockGoal].Output!) : null;
                    return true;
                },
                cancellation).ConfigureAwait(false);
        }

        RecipeLock locked = new() { Inputs = [.. inputs.OrderBy(i => i.Name, StringComparer.Ordinal)], Packages = packages };
        byte[] made = Encoding.UTF8.GetBytes(locked.ToJson());
        bool same = File.Exists(path) && (await File.ReadAllBytesAsync(path, cancellation).ConfigureAwait(false)).AsSpan().SequenceEqual(made);
        if (!same)
        {
            string aside = path + ".part";
            await File.WriteAllBytesAsync(aside, made, cancellation).ConfigureAwait(false);
            File.Move(aside, path, overwrite: true);
        }

        return new Answer(same ? $"{path} is up to date\n" : $"wrote {path}\ncommit it beside the recipe; builds use it from now on\n");
    }

    private static string ForecastText(IReadOnlyList<StageForecast> forecast)
    {
        int width = forecast.Max(f => f.Stage.Length);
        StringBuilder text = new();
        foreach (StageForecast stage in forecast)
            text.Append(stage.Stage.PadRight(width + 2)).Append(Verdict(stage.Verdict)).Append(stage.Reasons.Count == 0 ? "" : ": " + stage.Reasons[0]).Append('\n');
        return text.ToString();
    }

    private static string ForecastJson(IReadOnlyList<StageForecast> forecast) => JsonForm.Write(json =>
    {
        json.WriteStartArray();
        foreach (StageForecast stage in forecast)
        {
            json.WriteStartObject();
            json.WriteString("stage", stage.Stage);
            json.WriteString("verdict", stage.Verdict.ToString().ToLowerInvariant());
            json.WriteString("key", stage.Key?.Hex);
            json.WriteStartArray("reasons");
            foreach (string reason in stage.Reasons)
                json.WriteStringValue(reason);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string Verdict(StageVerdict verdict) => verdict switch
    {
        StageVerdict.Reuse => "reuse",
        StageVerdict.Run => "run",
        _ => "run if its input changes",
    };
}
