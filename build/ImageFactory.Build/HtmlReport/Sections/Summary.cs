using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Build.HtmlReport.Sections;

/// <summary>The first screen: which image, and whether it can be used.</summary>
internal static class Summary
{
    public static Markup Write(ReportContent content)
    {
        ManifestContent image = content.Image;
        ManifestArtifact disk = image.Artifacts[0];
        List<Markup> facts = [];
        Add("image", Markup.Of($"{Table.Code(disk.File)}, {Table.Size(disk.Size)}, {Table.Size(image.Disk.VirtualSize)} virtual, {(image.Architecture == Architecture.S390x ? "s390x" : "x86_64")}"));
        Add("SHA-256", Table.Code(disk.Sha256.Hex));
        if (image.Root is { } root)
            Add("system", Markup.Of($"{root.OperatingSystem}: {root.Packages} packages, {root.Files} files, {Table.Size(root.ContentSize)}"));
        if ((image.Uki?.KernelVersion ?? image.Boot?.KernelVersion ?? image.SecureExecution?.KernelVersion) is { } kernel)
            Add("kernel", Table.Code(kernel));
        if ((image.Uki?.RootHash ?? image.Boot?.RootHash ?? image.SecureExecution?.RootHash) is { } hash)
            Add("root hash", Table.Code(hash));
        if ((image.Uki?.CommandLine ?? image.Boot?.CommandLine ?? image.SecureExecution?.CommandLine) is { } commandLine)
            Add("command line", Table.Code(commandLine));
        if (image.SecureExecution is { } secure)
        {
            Add("Secure Execution", Markup.Of($"tag {Table.Code(secure.Tag)}, root: {secure.Root}"));
            Add("host keys", Markup.Join(secure.HostKeys.Select(k => Markup.Of($"<div>{k.File}: {Table.Code(k.Phkh.Hex)}, until {k.NotAfter.UtcDateTime:yyyy-MM-dd}</div>"))));
        }

        Add("agent policy", image.AgentPolicy is { } policy ? Markup.Of($"{policy.Source}, {Table.Code(policy.Sha256.Hex)}") : Markup.Of($"the image's own, not looked at"));
        Add("boot check", BootCheck(content.Run.BootCheck));
        Add("recipe", Markup.Of($"{image.Recipe}, {Table.Code(image.RecipeDigest.Hex)}"));
        Add("built", Markup.Of($"{content.Run.Started.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC in {content.Run.Seconds} s, by ImageFactory {content.Run.FactoryVersion}"));
        return Markup.Of($"<h1>{image.Recipe}</h1>\n{Banners(image, content.Run.BootCheck)}<dl>\n{Markup.Join(facts)}</dl>\n");

        void Add(string name, Markup value) => facts.Add(Markup.Of($"<dt>{name}</dt><dd>{value}</dd>\n"));
    }

    private static Markup Banners(ManifestContent image, BootCheckFacts check)
    {
        List<string> banners = [];
        if (image.Debug)
            banners.Add("Debug image: somebody can log in. It must not run confidential pods.");
        if (image.SecureExecution is { HostKeysVerified: false })
            banners.Add("The host keys were not verified: for test keys only.");
        if (image.Root?.MissingAgentBinaries is { Count: > 0 } missing)
            banners.Add($"This image cannot run pods yet: it has no {string.Join(", ", missing.Select(Path.GetFileName))}.");
        if (check.Status == "skipped")
            banners.Add($"The boot check was skipped: {check.Reason}");
        return Markup.Join(banners.Select(b => Markup.Of($"<p class=\"banner\" role=\"note\">{b}</p>\n")));
    }

    private static Markup BootCheck(BootCheckFacts check)
    {
        string limit = check.Reason is { } reason ? $", as far as it goes: {reason}" : "";
        string confirmed = check.Confirmed is { Count: > 0 } registers
            ? string.Create(CultureInfo.InvariantCulture, $"; as predicted in {check.PredictionSeconds:0.00} s: {string.Join(' ', registers)}")
            : "";
        return check.Status == "passed"
            ? Markup.Of($"<span class=\"good\">passed</span> after {check.Seconds} s ({check.Accelerator}){limit}{confirmed}")
            : Markup.Of($"<span class=\"warn\">{check.Status.Replace('-', ' ')}</span>: {check.Reason}");
    }
}
