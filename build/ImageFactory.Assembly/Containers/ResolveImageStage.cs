using System.Text.Json;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Registry;
using ImageFactory.Registry.References;

namespace ImageFactory.Assembly.Containers;

/// <summary>
/// Pins an image: from its tag to a digest, its signature checked where this machine's policy demands one. Everything after it depends on the
/// digest only.
/// </summary>
/// <param name="what">What the image is for.</param>
/// <param name="locked">What the lock file has for the reference; nobody is asked for the tag then.</param>
internal sealed class ResolveImageStage(string what, ImageReference image, Architecture architecture, RegistryAccess registry, bool askAgain, ContentDigest? locked = null) : IStage
{
    private const string Revision = "1";

    public string Name => ImageStages.Resolve(what);

    /// <summary>What is asked for: with a digest when the recipe or the lock file has one.</summary>
    public ImageReference Wanted { get; } = image.Digest is null && locked is { } digest ? image.At(digest) : image;

    /// <summary>As the recipe has it; null when that is a digest already.</summary>
    public string? Unpinned => image.Digest is null ? image.ToString() : null;

    /// <summary>Of the image nothing but its digest is wanted, by a build out of a bundle.</summary>
    public bool IsNamedOnly { get; init; }

    public IReadOnlyList<string> After => [];

    /// <summary>What a tag stands for is asked again after an hour; a digest stands for itself.</summary>
    public TimeSpan? MaxAge => Wanted.Digest is not null ? null : askAgain ? TimeSpan.Zero : TimeSpan.FromHours(1);

    /// <summary>A policy that has changed is to be asked again.</summary>
    public void Describe(StageKey key) =>
        key.Add("revision", Revision).Add("image", Wanted.ToString()).Add("architecture", architecture.ToString()).Add("signature-policy", PolicyDigest());

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        using RegistryClient client = registry.OpenFor(Wanted, scope);
        ResolvedImage found = await client.ResolveAsync(Wanted, architecture, cancellation).ConfigureAwait(false);
        foreach (Fault warning in found.Warnings)
            scope.Log.Warn(warning);
        scope.Log.Info($"{image} is {found.ManifestDigest}");
        await File.WriteAllTextAsync(scope.OutputFile(PinnedImage.FileName), JsonSerializer.Serialize(PinnedImage.Of(found) with { Reference = image.ToString() }), cancellation).ConfigureAwait(false);
    }

    private string PolicyDigest() => registry.Settings.PolicyFile is { } file && File.Exists(file) ? Sha256.Of(File.ReadAllBytes(file)).Hex : "none";
}
