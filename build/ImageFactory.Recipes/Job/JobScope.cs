using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Recipes.Layers;
using ImageFactory.Recipes.Shapes;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Job;

/// <summary>What the rows of <see cref="JobKeys"/> work with: the variables, the recipe's files below them, and the assignments that come of them.</summary>
internal sealed class JobScope(JobCall call, MappingNode recipe, string folder, JobProvider provider, int destination)
{
    private const string List = "publish";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<Assignment> assignments = [];
    private readonly List<Fault> faults = [];
    private readonly SortedSet<string> idle = new(StringComparer.Ordinal);

    public IReadOnlyList<Assignment> Assignments => assignments;

    public IReadOnlyList<Fault> Faults => faults;

    /// <summary>Variables that have a value which changes nothing here.</summary>
    public IReadOnlyCollection<string> Idle => idle;

    public string Provider => provider.Name;

    public Architecture Machine => call.Machine;

    public bool OnlyDestination => call.OnlyDestination;

    public bool RecipeHasBase => recipe.Find("base") is not null;

    public bool HasArchitecture => recipe.Find("architecture") is not null || assignments.Any(a => a.Steps is [KeyStep { Key: "architecture" }]);

    /// <summary>The recipe's files or a variable say what the base is.</summary>
    public bool HasBase => RecipeHasBase || assignments.Any(a => a.Steps is [KeyStep { Key: "base" }, ..]);

    /// <summary>The image is one that is there already, as a disk or as a bootable container.</summary>
    public bool IsReady => Value("PODVM_IMAGE_URI") is not null;

    /// <summary>It is a finished disk, by the variable or by the recipe.</summary>
    public bool IsDisk => Value("PODVM_IMAGE_URI") is { } uri
        ? uri.StartsWith("oci::", StringComparison.Ordinal)
        : recipe.Find("base")?.Value is MappingNode own && own.Find("asIs")?.Value is ScalarNode { Text: "true" };

    public static string Source(string variable) => $"environment variable {variable}";

    /// <summary>The variable's value without blanks around it; null when that leaves nothing, as a ConfigMap does where nobody filled in a key.</summary>
    public string? Value(string variable) => ValueIn(call.Variables, variable);

    public static string? ValueIn(IReadOnlyDictionary<string, string> variables, string variable) =>
        variables.GetValueOrDefault(variable)?.Trim() is { Length: > 0 } value ? value : null;

    /// <summary>As the scripts and the operator write truth: yes and true.</summary>
    public bool IsYes(string variable) => Value(variable) is { } value && (value.Equals("yes", StringComparison.OrdinalIgnoreCase) || value.Equals("true", StringComparison.OrdinalIgnoreCase));

    /// <summary>Sets a key to a text.</summary>
    public void Set(string variable, string path, string text) => Add(variable, $"{path}={JsonSerializer.Serialize(text, Relaxed)}");

    /// <summary>Sets a key to a word that may be a number, true or false.</summary>
    public void SetWord(string variable, string path, string word) => Add(variable, $"{path}={word}");

    public void SetList(string variable, string path, IEnumerable<string> texts) => Add(variable, $"{path}={JsonSerializer.Serialize(texts, Relaxed)}");

    public void SetDestination(string variable, string property, string text) => Set(variable, PathOf(property), text);

    public void SetDestinationWord(string variable, string property, string word) => SetWord(variable, PathOf(property), word);

    public void SetDestinationList(string variable, string property, IEnumerable<string> texts) => SetList(variable, PathOf(property), texts);

    /// <summary>Whether the recipe's own files say something of a key.</summary>
    public bool Has(string property) =>
        recipe.Find(List)?.Value is SequenceNode list && destination < list.Items.Count && list.Items[destination] is MappingNode own && own.Find(Names.Camel(property)) is not null;

    /// <summary>A key below <c>base</c>, or another group of the recipe's own files.</summary>
    public bool HasIn(string group, string key) => recipe.Find(group)?.Value is MappingNode mapping && mapping.Find(key) is not null;

    /// <summary>Adds the provider's destination when the recipe has none.</summary>
    public void AddDestination()
    {
        if (recipe.Find(List)?.Value is not SequenceNode list || destination >= list.Items.Count)
            Add("CLOUD_PROVIDER", $"{List}+={{ kind: {provider.Kind} }}");
    }

    public void SetOwner()
    {
        if (call.Owner is { } owner && !Has("Owner"))
            AddFrom("the cluster", $"{PathOf("Owner")}={owner}");
    }

    /// <summary>Sets the name of two parts, unless neither is there and the recipe has a name.</summary>
    public void Named(string baseName, string version, string? majorMinor, string defaultName, string defaultVersion)
    {
        (string? first, (string Source, string Text)? second) = (Value(baseName), VersionOf(version, majorMinor));
        if (first is null && second is null && Has("Name"))
            return;
        string source = first is not null ? baseName : second is { } given ? given.Source : "CLOUD_PROVIDER";
        SetDestination(source, "Name", $"{first ?? defaultName}-{second?.Text ?? defaultVersion}");
    }

    public void SetVersion(string version, string majorMinor, string property, string defaultVersion)
    {
        if (VersionOf(version, majorMinor) is { } given)
            SetDestination(given.Source, property, given.Text);
        else
            Default(property, defaultVersion);
    }

    /// <summary>What stands when neither a variable nor the recipe says anything.</summary>
    public void Default(string property, string text)
    {
        if (!Has(property) && !IsSet(property))
            SetDestination("CLOUD_PROVIDER", property, text);
    }

    public void Required(string variable, string property)
    {
        if (Has(property) || IsSet(property))
            return;
        Refuse(JobFaults.Missing(variable, $"set it in the provider's ConfigMap or Secret, or {PathOf(property)} in the recipe"));

        // That it is missing is told once.
        SetDestination(variable, property, "missing");
    }

    public void Refuse(Fault fault) => faults.Add(fault);

    public void WithoutEffect(string variable) => idle.Add(variable);

    /// <summary>A content as a file, named for its content, so that another content is another recipe.</summary>
    public string Keep(string name, string ending, byte[] content) => call.Keep($"{name}-{Sha256.Of(content).Hex[..16]}{ending}", content);

    /// <summary>In G1 the date of the run was the last part of a version; here the same image has the same version, whenever it is made.</summary>
    private (string Source, string Text)? VersionOf(string version, string? majorMinor) =>
        Value(version) is { } full ? (version, full)
        : majorMinor is not null && Value(majorMinor) is { } begin ? (majorMinor, begin + ".1")
        : null;

    private bool IsSet(string property) => assignments.Any(a => a.Steps is [KeyStep { Key: List }, IndexStep, KeyStep key] && key.Key == Names.Camel(property));

    private string PathOf(string property) => string.Create(CultureInfo.InvariantCulture, $"{List}[{destination}].{Names.Camel(property)}");

    private void Add(string variable, string assignment) => AddFrom(Source(variable), assignment);

    private void AddFrom(string source, string assignment)
    {
        (IReadOnlyList<Step> steps, bool append, string value) = KeyPathReader.ReadAssignment(assignment) ?? throw new InvalidOperationException($"'{assignment}' is no assignment");
        assignments.Add(new Assignment(steps, append, value, new Source(source, folder)));
    }

    /// <summary>The certificates of a PEM text one by one, each as PEM.</summary>
    public static IReadOnlyList<byte[]> Certificates(string text)
    {
        const string Begin = "-----BEGIN CERTIFICATE-----";
        const string End = "-----END CERTIFICATE-----";
        List<byte[]> found = [];
        for (int at = text.IndexOf(Begin, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Begin, at + 1, StringComparison.Ordinal))
        {
            int end = text.IndexOf(End, at, StringComparison.Ordinal);
            if (end < 0)
                return [];
            found.Add(Encoding.ASCII.GetBytes(text[at..(end + End.Length)].ReplaceLineEndings("\n") + "\n"));
        }

        return found;
    }
}
