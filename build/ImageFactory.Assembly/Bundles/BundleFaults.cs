using ImageFactory.Model;

namespace ImageFactory.Assembly.Bundles;

/// <summary>What keeps a recipe from being bundled, and a bundle from being read.</summary>
public static class BundleFaults
{
    private const string MakeAgain = "copy the bundle again, or make it anew with './build.sh bundle'";

    public static Fault NeedsBuilder(string place) =>
        new("IFA421", ExitCode.InvalidInput, "'way: bootc-image-builder' cannot be bundled: what that program asks the network for while it makes the disk is not known, and nothing pins it")
        {
            Where = place,
            Hint = "take 'base.way: direct'; or build the disk where there is a network, and bundle a recipe that takes it: base.kind qcow2 with asIs",
        };

    public static Fault HasSecret(string secret, string folder) =>
        new("IFA432", ExitCode.InvalidInput, $"the build secret lies in '{folder}', which the bundle would hold")
        {
            Where = secret,
            Hint = "keep it elsewhere: a bundle has an empty file in its place",
        };

    public static Fault NeedsNetwork(string place) =>
        new("IFA431", ExitCode.InvalidInput, "what the system's own package manager fetches ('base.guest.network') cannot be bundled: which packages it takes is decided when it runs, by repositories that change")
        {
            Where = place,
            Hint = "leave out 'base.guest.network' and 'base.guest.packages', and bring the files as payload; or build the disk where there is a network, and bundle a recipe that takes it: base.kind qcow2 with asIs",
        };

    public static Fault InItself(string file, string key, string folder) =>
        new("IFA433", ExitCode.InvalidInput, $"the bundle would lie in '{folder}' ('{key}'), which it holds")
        {
            Where = file,
            Hint = "name a file outside of it with --output",
        };

    public static Fault HasKeys(string key, string place) =>
        new("IFA422", ExitCode.InvalidInput, $"'{key}' names keys, and those are not put into a bundle")
        {
            Where = place,
            Hint = "leave it out of the recipe that is bundled; 'signing' may be given where the bundle is built, with --set or a variable",
        };

    public static Fault Absolute(string key, string path) =>
        new("IFA423", ExitCode.InvalidInput, $"'{key}' is an absolute path, which no other machine need have")
        {
            Where = path,
            Hint = "write it relative to the recipe",
        };

    public static Fault NotCarried(string path, string what) =>
        new("IFA424", ExitCode.InvalidInput, $"a bundle carries files, folders and symbolic links; this is {what}")
        {
            Where = path,
            Hint = "put the folder into a tar archive and name that as a payload of kind archive",
        };

    public static Fault Unreadable(string bundle, string why) =>
        new("IFA425", ExitCode.MissingInput, $"the bundle cannot be read: {why}") { Where = bundle, Hint = "name a file that './build.sh bundle' wrote" };

    public static Fault Foreign(string bundle, string why) =>
        new("IFA426", ExitCode.InvalidInput, $"this is not a bundle: {why}") { Where = bundle, Hint = "name a file that './build.sh bundle' wrote" };

    public static Fault BadIndex(string bundle, string why) =>
        new("IFA427", ExitCode.InvalidInput, $"the list of what the bundle holds is wrong: {why}") { Where = bundle, Hint = MakeAgain };

    public static Fault Damaged(string bundle, string member, string why) =>
        new("IFA428", ExitCode.InvalidInput, $"the bundle is damaged: {member} {why}") { Where = bundle, Hint = MakeAgain };

    public static Fault OtherFormat(string bundle, int format) =>
        new("IFA429", ExitCode.InvalidInput, $"the bundle has format {format}, this factory reads {BundleIndex.CurrentFormat}")
        {
            Where = bundle,
            Hint = "use the factory that made it, or make the bundle anew with this one",
        };

    public static Fault NotWritten(string path, string why) =>
        new("IFA430", ExitCode.CannotWrite, $"the bundle cannot be written: {why}") { Where = path, Hint = "name a file in a folder that may be written to and has room, with --output" };
}
