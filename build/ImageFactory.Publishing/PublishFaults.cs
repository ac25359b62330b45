using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.Publishing;

/// <summary>Faults that no provider owns. IFU101 to IFU199.</summary>
public static class PublishFaults
{
    public static Fault Unreachable(string where, string address, string reason) =>
        new("IFU101", ExitCode.Unavailable, $"{address} cannot be reached")
        {
            Where = where,
            Detail = reason,
            Hint = "check the network, proxy variables and the region's name; the run may be repeated, it goes on where it stopped",
        };

    public static Fault JournalNotWritable(string file, string reason) =>
        new("IFU102", ExitCode.CannotWrite, "the journal of this destination cannot be written, so nothing was made there")
        {
            Where = file,
            Detail = reason,
            Hint = "free some space, or choose another store with --store",
        };

    public static Fault Busy(string where, string place) =>
        new("IFU103", ExitCode.TryAgain, $"another run is publishing to {place}")
        {
            Where = where,
            Hint = "wait until it has ended, then repeat the run",
        };

    public static Fault SamePlace(string where, string other, string place) =>
        new("IFU104", ExitCode.InvalidInput, $"this destination writes {place}, which another destination writes too")
        {
            Where = where,
            Detail = $"the other is at {other}",
            Hint = "remove one of the two, or give them different names",
        };

    public static Fault LeftBehind(string where, string kind, string id, string reason) =>
        new("IFU105", ExitCode.CannotWrite, $"the {kind} '{id}' could not be removed and is left behind")
        {
            Where = where,
            Detail = reason,
            Severity = Severity.Warning,
            Hint = "the next publish to this destination removes it, and so does ./build.sh gc --remove",
        };

    public static Fault Cancelled(string where, string what) =>
        new("IFU106", ExitCode.TryAgain, $"publishing to {what} was cancelled")
        {
            Where = where,
            Hint = "repeat the run",
        };

    public static Fault InUse(string where, PlacedObject found) =>
        new("IFU107", ExitCode.NotPermitted, $"the {found.Kind} '{found.Id}' is in use by {found.UsedBy} and was not removed")
        {
            Where = where,
            Hint = "let what uses it go first, or repeat with --force",
        };

    public static Fault NotPublished(string where, string label) =>
        new("IFU108", ExitCode.MissingInput, $"there is nothing of this image at {label}")
        {
            Where = where,
            Severity = Severity.Warning,
            Hint = "it may have been removed before; ./build.sh gc lists what is there",
        };

    public static Fault TimedOut(string where, string what, TimeSpan after) =>
        new("IFU109", ExitCode.TryAgain, string.Create(CultureInfo.InvariantCulture, $"{what} was not done after {after.TotalMinutes:0} minutes"))
        {
            Where = where,
            Hint = "the service may be slow today: repeat the run",
        };

    public static Fault InTheWay(string where, string kind, string id, string user) =>
        new("IFU112", ExitCode.NotPermitted, $"the {kind} '{id}' has the name, holds another image and is in use by {user}, so it was not replaced")
        {
            Where = where,
            Hint = "let what uses it go first, or choose another name or version",
        };

    public static Fault OfAnother(string where, string kind, string id, string owner) =>
        new("IFU113", ExitCode.NotPermitted, $"the {kind} '{id}' belongs to '{owner}' and was not removed")
        {
            Where = where,
            Hint = "its tag imagefactory-owner says so; its owner may remove it, or the cloud's own tools",
        };

    internal static Fault NameLost(string where, Former former, bool isKnown, ExitCode code) =>
        new("IFU114", code, $"the {former.Kind} '{former.Id}' {(isKnown ? "was removed" : "may have been removed (there is no answer)")}, since only one can have its name, and then the next one could not be made")
        {
            Where = where,
            Detail = former.Rest ?? "nothing of it is left",
            Hint = "repeat the run when the reason, told next, is gone; until then nothing has the name",
        };

    internal static Fault Stays(string where, string name, IReadOnlyList<string> places) =>
        new("IFU115", ExitCode.Ok, $"the image has taken the place of the former '{name}' in {string.Join(", ", places)} and stays there, though not all that was asked for is done")
        {
            Where = where,
            Severity = Severity.Warning,
            Hint = "repeat the run when the reason for the failure is gone: it goes on from there",
        };

    public static Fault TagNotAllowed(string where, string key, string why) =>
        new("IFU111", ExitCode.InvalidInput, $"the tag '{key}' cannot be set: {why}")
        {
            Where = where,
            Hint = "choose another key or value; keys that begin with 'imagefactory-' are the factory's",
        };

    public static Fault Bug(string where, string label, Exception cause) =>
        new("IFU199", ExitCode.Internal, $"publishing to {label} ended with a bug of the factory: {cause.GetType().Name}")
        {
            Where = where,
            Detail = cause.Message,
            Hint = "please report it with artifacts/<recipe>/build.log",
        };
}
