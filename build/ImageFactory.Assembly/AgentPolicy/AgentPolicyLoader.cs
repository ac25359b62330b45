using System.Globalization;
using System.Text;
using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Assembly.AgentPolicy.Checks;
using ImageFactory.Assembly.AgentPolicy.Rego;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.AgentPolicy;

/// <summary>Takes the policy that a recipe names, in whatever form, and lets it through only without errors.</summary>
public sealed class AgentPolicyLoader(AgentPolicySettings settings, RecipeOrigins origins, bool isMeasured)
{
    private const string Key = "agentPolicy";

    /// <exception cref="FactoryException">The policy is missing or wrong; all faults that were found are in it.</exception>
    public async Task<CheckedPolicy> LoadAsync(CancellationToken cancellation)
    {
        AgentApiRelease? api = PolicyInspector.ReleaseOf(settings.Kata, origins.Of($"{Key}.kata"), out List<Fault> faults);
        if (SeveralSources() is { } several)
            faults.Add(several);
        FactoryException.ThrowIfAny(faults);

        (string name, string fileName, byte[] content, Func<TextPosition, string> place) = await SourceAsync(api!, cancellation).ConfigureAwait(false);
        PolicyStance stance = new(isMeasured, settings.File is null && settings.Base64 is null);
        PolicyInspection inspection = PolicyInspector.Inspect(name, content, api, faults, stance, place);
        FactoryException.ThrowIfAny(inspection.Faults);
        return new CheckedPolicy { Name = name, FileName = fileName, Content = content, Inspection = inspection };
    }

    private Fault? SeveralSources()
    {
        List<string> given = [];
        if (settings.Preset is not null)
            given.Add($"{Key}.preset");
        if (settings.File is not null)
            given.Add($"{Key}.file");
        if (settings.Base64 is not null)
            given.Add($"{Key}.base64");
        return given.Count > 1 ? SourceFaults.SeveralSources(given).At(origins.Of(given[^1])) : null;
    }

    private async Task<(string Name, string FileName, byte[] Content, Func<TextPosition, string> Place)> SourceAsync(AgentApiRelease api, CancellationToken cancellation)
    {
        // The names of the two custom forms are one: scripts of the reference and its users look for custom.rego.
        const string Custom = "custom.rego";
        if (settings.File is { } file)
            return (file.Text, Custom, await ReadAsync(file, cancellation).ConfigureAwait(false), at => Numbered(file.Text, at));
        if (settings.Base64 is { } base64)
            return ($"{Key}.base64", Custom, Decode(base64), at => Numbered($"{origins.Of($"{Key}.base64")}, decoded", at));

        AgentPolicyPreset preset = settings.Preset ?? AgentPolicyPreset.Coco;
        string name = $"preset {PolicyPreset.NameOf(preset)}";
        return (name, PolicyPreset.FileNameOf(preset), Encoding.UTF8.GetBytes(PolicyPreset.TextOf(preset, api)), at => Numbered(name, at));
    }

    private async Task<byte[]> ReadAsync(SourcePath file, CancellationToken cancellation)
    {
        try
        {
            await using FileStream stream = new(file.FullPath, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous);
            // The length of a pipe or a device is not known before it is read, so the copy itself is bounded.
            using MemoryStream content = new();
            byte[] buffer = new byte[1 << 16];
            while (content.Length <= SourceForm.MaximumBytes && await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false) is > 0 and var read)
                content.Write(buffer, 0, read);
            return content.ToArray();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            string reason = cause is FileNotFoundException or DirectoryNotFoundException ? "no such file" : cause.Message;
            throw new FactoryException(SourceFaults.Unreadable(file.Text, reason).At(origins.Of($"{Key}.file")), cause);
        }
    }

    private byte[] Decode(string base64)
    {
        string place = origins.Of($"{Key}.base64");
        if (base64.Trim().Any(char.IsWhiteSpace))
            throw new FactoryException(SourceFaults.Base64WithLineBreaks().At(place));
        byte[] content = new byte[base64.Length];
        return Convert.TryFromBase64String(base64.Trim(), content, out int length)
            ? content[..length]
            : throw new FactoryException(SourceFaults.NotBase64().At(place));
    }

    private static string Numbered(string name, TextPosition at) => string.Create(CultureInfo.InvariantCulture, $"{name}:{at.Line}:{at.Column}");
}
