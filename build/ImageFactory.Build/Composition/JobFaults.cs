using ImageFactory.Model;

namespace ImageFactory.Build.Composition;

/// <summary>Faults of the Job itself. IFK421 to IFK439.</summary>
internal static class JobFaults
{
    public static Fault NobodyIsTold(string map, bool fails)
    {
        Fault fault = new("IFK421", ExitCode.MissingInput, $"there is no ConfigMap {map}, so nobody is told of the image")
        {
            Where = map,
            Hint = "create it as the product's documentation says, and run again: an image that is there is not made again",
        };
        return fails ? fault : fault.AsWarning();
    }

    public static Fault NothingNamed(IReadOnlyList<string> variables) =>
        new("IFK422", ExitCode.InvalidInput, $"no image is named: {string.Join(" or ", variables)} is empty")
        {
            Where = $"environment variable {variables[0]}",
            Hint = "set it to the id of the image that is to be removed",
        };

    public static Fault OfAnother(string id, string owner, string own) =>
        new("IFK423", ExitCode.NotPermitted, $"the image {id} belongs to '{owner}' and was not removed")
        {
            Where = id,
            Detail = $"this is '{own}'",
            Hint = "its tag imagefactory-owner says so; remove it from its own cluster, or with the cloud's own tools",
        };

    public static Fault InUse(string id, string user) =>
        new("IFK424", ExitCode.NotPermitted, $"the image {id} is in use by {user} and was not removed")
        {
            Where = id,
            Hint = "let what uses it go first, or remove it with -f",
        };

    public static Fault GalleryNotEmpty(IReadOnlyList<string> versions) =>
        new Fault("IFK425", ExitCode.InvalidInput, $"the gallery has {versions.Count} version{(versions.Count == 1 ? "" : "s")} and was left alone")
        {
            Detail = string.Join('\n', versions),
            Hint = "remove them first, or everything with -f",
        }.AsWarning();
}
