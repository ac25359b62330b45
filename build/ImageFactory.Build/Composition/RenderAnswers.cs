using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ImageFactory.Assembly.AgentPolicy;
using ImageFactory.Measurement.Initdata;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Recipes;
using ImageFactory.Recipes.Job;
using ImageFactory.Trust.Verifying;

namespace ImageFactory.Build.Composition;

/// <summary>Writes the objects of Kubernetes that somebody would otherwise type from the documentation: ConfigMaps, a Secret without values, a pod on the image.</summary>
internal sealed class RenderAnswers(FactoryOptions options)
{
    private const string Space = "openshift-sandboxed-containers-operator";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task<Answer> RenderAsync(LoadedRecipe loaded, string provider, CancellationToken cancellation)
    {
        bool hasPolicy = loaded.Origins.Places.Keys.Any(k => k.StartsWith("agentPolicy", StringComparison.Ordinal));
        CheckedPolicy? policy = hasPolicy ? await BuildSession.LoadPolicyAsync(loaded, cancellation).ConfigureAwait(false) : null;
        string? content = policy is null ? null : Convert.ToBase64String(policy.Content.Span);
        JobRendering rendering = JobRendering.Of(loaded, provider, content);

        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# {options.Recipe} for the Job on {provider}. What the keys mean: build/job/keys.md\n");
        if (rendering.NotSaid.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"# No key of the Job says: {string.Join(", ", rendering.NotSaid)}. Give the recipe itself to the Job (--recipe).\n");
        Object(text, "ConfigMap", $"{provider}-podvm-image-cm", Data("data", rendering.Image));
        string? id = PublishedId(loaded, rendering);
        text.Append("---\n# Add these to what is there: kubectl apply keeps the other keys.\n");
        Object(text, "ConfigMap", "peer-pods-cm", Data("data", rendering.PeerPods), first: true);
        if (id is null)
            text.Append(CultureInfo.InvariantCulture, $"  # {rendering.ImageKey} is written by the Job.\n");
        else
            text.Append(Line(rendering.ImageKey, id));
        text.Append("---\n# Fill in what applies; the Job says what is missing. Keep this file out of version control afterwards.\n");
        Object(text, "Secret", "peer-pods-secret", Data("stringData", rendering.Secret.Select(k => KeyValuePair.Create(k, ""))), first: true);
        Pod(text, loaded, id, policy);
        return new Answer(text.ToString());
    }

    /// <summary>A pod that boots this image, whatever the cluster's own is.</summary>
    private static void Pod(StringBuilder text, LoadedRecipe loaded, string? id, CheckedPolicy? policy)
    {
        List<KeyValuePair<string, string>> annotations = [];
        if (id is not null)
            annotations.Add(new("io.katacontainers.config.hypervisor.image", id));
        if (loaded.Recipe.Measurements.Initdata is [var file, ..])
            annotations.Add(new("io.katacontainers.config.hypervisor.cc_init_data", Initdata(file.FullPath, file.Text)));
        else if (policy is not null && policy.Rows.Any(r => r.Call == "SetPolicyRequest" && r.Verdict != PolicyVerdict.Denied))
            annotations.Add(new("io.katacontainers.config.agent.policy", Convert.ToBase64String(policy.Content.Span)));

        text.Append("---\n");
        if (id is null)
            text.Append("# The image is not published yet; until then the pod gets the cluster's own. Render again after './build.sh publish'.\n");
        text.Append(CultureInfo.InvariantCulture, $"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {loaded.Recipe.Name.Replace('.', '-')}-check\n");
        if (annotations.Count > 0)
            text.Append("  annotations:\n").Append(string.Concat(annotations.Select(a => "  " + Line(a.Key, a.Value))));
        text.Append("""
            spec:
              runtimeClassName: kata-remote
              containers:
                - name: check
                  image: registry.access.redhat.com/ubi9/ubi-minimal:latest
                  command: [sleep, infinity]

            """);
    }

    private static string Initdata(string path, string shown)
    {
        InitdataDocument? document = InitdataDocument.Read(File.ReadAllBytes(path), shown, out IReadOnlyList<Fault> faults);
        return document?.Encode() ?? throw new FactoryException(faults);
    }

    /// <summary>What the last build's manifest says of the destination; null when it was not published from here.</summary>
    private string? PublishedId(LoadedRecipe loaded, JobRendering rendering)
    {
        string path = Path.Combine(options.Output, BuildSession.FolderNameOf(loaded.Recipe), FolderVerifier.ManifestFile);
        if (!File.Exists(path))
            return null;
        try
        {
            Manifest manifest = JsonSerializer.Deserialize<Manifest>(File.ReadAllText(path), CanonicalJson.Options)!;
            return manifest.Run.Publications.FirstOrDefault(p => p.Kind == rendering.DestinationKind)?.Id;
        }
        catch (JsonException e)
        {
            throw new FactoryException(BuildFaults.NoBuild(path), e);
        }
    }

    private static void Object(StringBuilder text, string kind, string name, string content, bool first = false) => text.Append(
        CultureInfo.InvariantCulture, $"{(first ? "" : "---\n")}apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: {Space}\n{content}");

    private static string Data(string field, IEnumerable<KeyValuePair<string, string>> keys) => $"{field}:\n{string.Concat(keys.Select(k => Line(k.Key, k.Value)))}";

    /// <summary>A JSON string is a YAML scalar as well, whatever is in it.</summary>
    private static string Line(string key, string value) => $"  {key}: {JsonSerializer.Serialize(value, Relaxed)}\n";
}
