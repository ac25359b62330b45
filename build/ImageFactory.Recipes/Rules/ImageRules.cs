using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Registry.References;

namespace ImageFactory.Recipes.Rules;

/// <summary>Names of images in registries.</summary>
internal static class ImageRules
{
    private const string UriMark = "oci::";

    public static Fault? Name(string path, string text) =>
        ImageReference.TryParse(text, out _, out Fault? fault) ? null : RuleFaults.ImageName(path, fault!);

    public static Fault? NameOrUri(string path, string text)
    {
        if (!IsUri(text))
            return Name(path, text);
        try
        {
            PodVmImageUri.Parse(text);
            return null;
        }
        catch (FactoryException e)
        {
            return RuleFaults.ImageName(path, e.Faults[0]);
        }
    }

    public static void Check(OciBase image, RecordScope scope)
    {
        if (scope.IsSound("image", "path") && image.Path is not null && IsUri(image.Image) && PodVmImageUri.Parse(image.Image) is { HasPath: true })
            scope.Report("path", RuleFaults.PathTwice);
    }

    private static bool IsUri(string text) => text.StartsWith(UriMark, StringComparison.Ordinal);
}
