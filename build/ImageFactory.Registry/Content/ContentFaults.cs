using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.Registry.Content;

/// <summary>Content that is not what its name promises.</summary>
internal static class ContentFaults
{
    public static Fault BadManifest(string where, string problem) =>
        new("IFO401", ExitCode.InvalidInput, $"the manifest is wrong: {Shown.Text(problem)}")
        {
            Where = where,
            Hint = "push the image again",
        };

    public static Fault UnknownType(string where, string type) =>
        new("IFO402", ExitCode.InvalidInput, $"it is of type '{Shown.Text(type)}', which is not read")
        {
            Where = where,
            Hint = "images of OCI and of docker's schema 2 are read; push it again with a current tool",
        };

    public static Fault NoPlatform(string where, string wanted, IEnumerable<string> there) =>
        new("IFO403", ExitCode.InvalidInput, $"the image is not made for linux/{wanted}, only for {Shown.Text(string.Join(", ", there.DefaultIfEmpty("nothing")))}")
        {
            Where = where,
            Hint = "set 'architecture' to one of these, or take another image",
        };

    public static Fault OtherPlatform(string where, string wanted, string found) =>
        new Fault("IFO404", ExitCode.InvalidInput, $"the image says of itself that it is for {Shown.Text(found)}, not for {wanted}")
        {
            Where = where,
            Hint = "when its files are for the right machine all the same, nothing is wrong",
        }.AsWarning();

    public static Fault WrongManifestDigest(string where, string found) =>
        new("IFO405", ExitCode.InvalidInput, $"the registry answers with another manifest: its digest is {found}")
        {
            Where = where,
            Hint = "do not use this registry or mirror until you know why",
        };

    public static Fault WrongBlobDigest(string where) =>
        new("IFO406", ExitCode.InvalidInput, "what was received does not have this digest")
        {
            Where = where,
            Hint = "do not use this registry or mirror until you know why; a proxy in between may also have changed it",
        };

    public static Fault WrongBlobSize(string where, long wanted, long found) =>
        new("IFO407", ExitCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"it has {found} bytes, the manifest says {wanted}"))
        {
            Where = where,
            Hint = "push the image again",
        };

    public static Fault TooLarge(string where, int most) =>
        new("IFO408", ExitCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"it is larger than {most} bytes")) { Where = where };
}
