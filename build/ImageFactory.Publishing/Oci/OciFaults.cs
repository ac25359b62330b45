using ImageFactory.Model;

namespace ImageFactory.Publishing.Oci;

/// <summary>What can be wrong at a registry beyond what its client tells. IFU701 to IFU799.</summary>
internal static class OciFaults
{
    public static Fault BadReference(string where, string image, string problem) =>
        new("IFU701", ExitCode.InvalidInput, $"'{image}' cannot be pushed to: {problem}")
        {
            Where = where,
            Hint = "write HOST[:PORT]/REPOSITORY[:TAG]",
        };

    public static Fault TagOfAnother(string where, string tag, string? owner) =>
        new("IFU702", ExitCode.NotPermitted, $"the tag '{tag}' is taken by {(owner is null ? "something that the factory did not make" : $"an image of '{owner}'")}")
        {
            Where = where,
            Hint = "set another tag, or the same 'owner' as that image's; nothing of another owner is replaced",
        };

    public static Fault OtherShape(string where, string tag, bool isIndex) =>
        new("IFU703", ExitCode.InvalidInput, $"the tag '{tag}' names {(isIndex ? "an index for several architectures" : "a single image")}, the recipe wants {(isIndex ? "a single image" : "an index")}")
        {
            Where = where,
            Hint = $"set 'multiArch: {(isIndex ? "true" : "false")}', or another tag",
        };

    public static Fault NoTagForIndex(string where) =>
        new("IFU704", ExitCode.InvalidInput, "'multiArch' needs a tag, under which the architectures meet")
        {
            Where = where,
            Hint = "write the tag behind the repository",
        };

    public static Fault IndexLost(string where, string tag) =>
        new("IFU705", ExitCode.TryAgain, $"somebody else changes the index '{tag}' all the time")
        {
            Where = where,
            Hint = "repeat the run when the other one has ended",
        };

    public static Fault IndexNotSigned(string where, string tag, string architecture) =>
        new("IFU707", ExitCode.Ok, $"the index '{tag}' was not signed, since its image for {architecture} has no signature of this key")
        {
            Where = where,
            Severity = Severity.Warning,
            Hint = "publish that image with the same key; each image has its own signature, and whoever checks those is not concerned",
        };

    public static Fault BadType(string where, string type) =>
        new("IFU706", ExitCode.InvalidInput, $"'{type}' is no type of an artifact")
        {
            Where = where,
            Hint = "write a media type: application/vnd.example.disk.v1",
        };
}
