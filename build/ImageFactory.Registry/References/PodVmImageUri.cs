using ImageFactory.Model;

namespace ImageFactory.Registry.References;

/// <summary>
/// The Job's <c>PODVM_IMAGE_URI</c>: <c>oci::IMAGE[::PATH]</c> for an image that holds a disk, <c>bootc::IMAGE</c> for one that a disk is made of.
/// </summary>
/// <param name="Kind"><c>oci</c> or <c>bootc</c>.</param>
/// <param name="Path">Of the disk inside the image; the usual one when <paramref name="HasPath"/> is false.</param>
/// <param name="HasPath">Whether the text names a path.</param>
public sealed record PodVmImageUri(string Kind, ImageReference Image, string Path, bool HasPath)
{
    public const string DefaultPath = "/image/podvm.qcow2";

    private const string Separator = "::";
    private static readonly string[] Kinds = ["oci", "bootc"];

    /// <exception cref="FactoryException">IFO101 to IFO104.</exception>
    public static PodVmImageUri Parse(string text)
    {
        int first = text.IndexOf(Separator, StringComparison.Ordinal);
        string kind = first < 0 ? "" : text[..first];
        if (!Kinds.Contains(kind))
            throw new FactoryException(ReferenceFaults.NoUriKind(text));
        string rest = text[(first + Separator.Length)..];

        // An IPv6 address has colons too; they are inside brackets.
        int after = Math.Max(0, rest.IndexOf(']', StringComparison.Ordinal));
        int second = rest.IndexOf(Separator, after, StringComparison.Ordinal);
        ImageReference image = ImageReference.Parse(second < 0 ? rest : rest[..second]);
        if (second < 0)
            return new PodVmImageUri(kind, image, DefaultPath, HasPath: false);
        string path = rest[(second + Separator.Length)..];
        if (!IsAbsolute(path) || kind != "oci")
            throw new FactoryException(ReferenceFaults.BadUriPath(text, path));
        return new PodVmImageUri(kind, image, path, HasPath: true);
    }

    public override string ToString() => HasPath ? $"{Kind}::{Image}::{Path}" : $"{Kind}::{Image}";

    private static bool IsAbsolute(string path) =>
        path.Length > 1 && path[0] == '/' && !path.Any(char.IsControl) && path[1..].Split('/').All(name => name is not ("" or "." or ".."));
}
