using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.Registry.Pushing;

/// <summary>What keeps something from being pushed. IFO801 to IFO899.</summary>
internal static class PushFaults
{
    public static Fault WrongDigest(string where, string? said) =>
        new("IFO801", ExitCode.TryAgain, "the registry received other bytes than were sent")
        {
            Where = where,
            Detail = said,
            Hint = "try again; when it happens again, look at what lies between: a proxy may change the body",
        };

    public static Fault Broken(string where, long sent, long size, string problem) =>
        new("IFO802", ExitCode.TryAgain, string.Create(CultureInfo.InvariantCulture, $"the upload broke off again and again, after {sent} of {size} bytes: {Shown.Text(problem)}"))
        {
            Where = where,
            Hint = "try again: it goes on where it stopped, as far as the registry keeps what it has",
        };

    public static Fault NoLocation(string where) =>
        new("IFO803", ExitCode.Unavailable, "the registry does not say where to upload to")
        {
            Where = where,
            Hint = "is this an OCI registry? A proxy before it may drop the Location header",
        };

    public static Fault TooLarge(string where, long size, string? said) =>
        new("IFO804", ExitCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"the registry does not take {size} bytes"))
        {
            Where = where,
            Detail = said,
            Hint = "raise its limit on the size of requests, also that of a proxy before it",
        };

    public static Fault OtherDigest(string where, string found) =>
        new("IFO805", ExitCode.Unavailable, $"the registry stored the manifest with another digest: {Shown.Text(found)}")
        {
            Where = where,
            Hint = "it changes what it is given, so nothing that names the manifest by its digest will find it: use another registry",
        };

    public static Fault NoDeletion(string where, string? said) =>
        new("IFO806", ExitCode.NotPermitted, "the registry does not let manifests be deleted")
        {
            Where = where,
            Detail = said,
            Hint = "allow it there (docker-registry: storage.delete.enabled), or let the registry's own retention remove it",
        };

    public static Fault FallbackTaken(string where, string tag) =>
        new("IFO807", ExitCode.InvalidInput, $"the tag '{tag}', which lists what is attached, holds something else than a list")
        {
            Where = where,
            Hint = "look at what it is and remove it; the name is fixed by the OCI distribution specification",
        };

    public static Fault ListLost(string where, string tag) =>
        new("IFO808", ExitCode.TryAgain, $"somebody else changes the list '{tag}' all the time")
        {
            Where = where,
            Hint = "try again when the other run has ended",
        };
}
