using System.Globalization;
using System.Text;
using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Assembly.AgentPolicy.Checks;
using ImageFactory.Assembly.AgentPolicy.Rego;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.AgentPolicy;

/// <summary>Reads a policy as the agent of one release will. Throws for nothing that the text can hold: faults are in the result.</summary>
public static class PolicyInspector
{
    /// <param name="name">How faults name the text: a path as the user wrote it.</param>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="kata">The release, as written; its faults are placed at <paramref name="kataPlace"/>.</param>
    /// <param name="isMeasured">The image is attested.</param>
    public static PolicyInspection Inspect(string name, ReadOnlySpan<byte> content, string kata, bool isMeasured, string? kataPlace = null) =>
        Inspect(name, content, ReleaseOf(kata, kataPlace, out List<Fault> faults), faults, new PolicyStance(isMeasured, false), InFile(name));

    /// <summary>A preset as it is written for one release.</summary>
    public static PolicyInspection Inspect(AgentPolicyPreset preset, string kata, bool isMeasured, string? kataPlace = null)
    {
        AgentApiRelease? api = ReleaseOf(kata, kataPlace, out List<Fault> faults);
        string name = $"preset {PolicyPreset.NameOf(preset)}";
        byte[] content = api is null ? [] : Encoding.UTF8.GetBytes(PolicyPreset.TextOf(preset, api));
        return Inspect(name, content, api, faults, new PolicyStance(isMeasured, true), InFile(name));
    }

    /// <summary>The calls of a release, or null with a fault that says why there are none.</summary>
    internal static AgentApiRelease? ReleaseOf(string kata, string? kataPlace, out List<Fault> faults)
    {
        faults = [];
        if (!KataRelease.TryParse(kata, out KataRelease release))
        {
            faults.Add(SourceFaults.BadRelease(kata, AgentApi.Known.Newest).At(kataPlace));
            return null;
        }

        if (release < KataRelease.FirstWithPolicy)
        {
            faults.Add(SourceFaults.NoPolicyYet(release).At(kataPlace));
            return null;
        }

        AgentApiRelease api = AgentApi.Known.Of(release);
        if (!AgentApi.Known.IsKnown(release))
            faults.Add(SourceFaults.UnknownRelease(release, api.Basis).At(kataPlace));
        return api;
    }

    internal static PolicyInspection Inspect(string name, ReadOnlySpan<byte> content, AgentApiRelease? api, List<Fault> faults, PolicyStance stance, Func<TextPosition, string> place)
    {
        PolicyInspection result = new() { Name = name, Kata = api?.Release ?? default, Digest = Sha256.Of(content), Faults = faults };
        List<string> notes = [];
        if (api is null || SourceForm.Read(content, api, place, faults, notes) is not { } text)
            return result with { Notes = notes };

        try
        {
            ModuleInspector inspector = new(ModuleParser.Parse(text, place), api, place);
            inspector.Run(stance);
            faults.AddRange(inspector.Faults);
            return result with { Rows = inspector.Rows, Notes = notes };
        }
        catch (FactoryException refused)
        {
            faults.AddRange(refused.Faults);
            return result with { Notes = notes };
        }
    }

    private static Func<TextPosition, string> InFile(string name) =>
        at => string.Create(CultureInfo.InvariantCulture, $"{name}:{at.Line}:{at.Column}");
}
