namespace ImageFactory.Assembly.Containers;

/// <summary>Names of the stages that get something out of an image, by what they get it for: <c>base</c>, <c>payload-0</c>.</summary>
internal static class ImageStages
{
    public static string Resolve(string what) => "resolve-" + what;

    public static string Fetch(string what) => "fetch-" + what;
}
