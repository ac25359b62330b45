using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Registry.References;

namespace ImageFactory.Publishing.Oci;

/// <summary>Where a destination lies, and the names of what belongs to it.</summary>
internal sealed class OciPlace(DestinationSetting setting, string kind)
{
    private const string AnchorWord = "imagefactory-";

    public DestinationSetting Setting => setting;

    public OciDestination Destination { get; } = (OciDestination)setting.Destination;

    public string Kind => kind;

    public string Where => setting.Where;

    /// <summary>The tag that the recipe names, or null.</summary>
    public string? Tag => Reference?.Tag;

    /// <summary>Null when it is wrong; then the rules tell so.</summary>
    public ImageReference? Reference { get; } = ImageReference.TryParse(((OciDestination)setting.Destination).Image, out ImageReference? parsed, out _) ? parsed : null;

    public string Place => $"{kind} {Reference?.Name ?? Destination.Image}:{Tag ?? setting.Owner + "-*"}";

    /// <summary>
    /// Each image has a tag of its own beside the recipe's: when that moves on to the next image, this one is still there, is not collected by
    /// registries that drop what has no tag, and is found again.
    /// </summary>
    public string AnchorOf(Sha256 image) => $"{AnchorPrefix}{image.Hex[..16]}";

    public string AnchorPrefix { get; } = $"{AnchorWord}{Sha256.Of($"{kind} {((OciDestination)setting.Destination).Image}").Hex[..6]}-";

    public string TagOf(PublishableImage image) => Tag ?? $"{image.Description.Recipe}-{image.Digest.Hex[..12]}";

    public bool IsOurs(IReadOnlyDictionary<string, string> annotations) => annotations.GetValueOrDefault(ImageTags.Owner) == setting.Owner;

    /// <summary>What can be said without asking the registry.</summary>
    public IReadOnlyList<Fault> Faults()
    {
        List<Fault> faults = [];
        if (!ImageReference.TryParse(Destination.Image, out ImageReference? reference, out Fault? fault))
            faults.Add(fault!.At(Where));
        else if (reference!.Digest is not null)
            faults.Add(OciFaults.BadReference(Where, Destination.Image, "a digest follows from the content"));
        else if (reference.Tag is { } tag && (tag.StartsWith(AnchorWord, StringComparison.Ordinal) || tag.StartsWith("sha256-", StringComparison.Ordinal)))
            faults.Add(OciFaults.BadReference(Where, Destination.Image, "tags that begin so are kept for what belongs to images"));
        if (Destination.MultiArch && reference is not null && reference.Tag is null)
            faults.Add(OciFaults.NoTagForIndex(Where));
        if (reference is not null && Destination.MountFrom is { } from && !ImageReference.TryParse($"{reference.Host}/{from}", out _, out _))
            faults.Add(OciFaults.BadReference(Where, from, "'mountFrom' is no repository of the same registry"));
        if (Destination is OciArtifactDestination { ArtifactType: var type } && !System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(type, out _))
            faults.Add(OciFaults.BadType(Where, type));
        return faults;
    }
}
