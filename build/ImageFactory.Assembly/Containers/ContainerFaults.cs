using System.Globalization;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Containers;

/// <summary>Images whose content is not what a recipe wants of it.</summary>
internal static class ContainerFaults
{
    public static Fault Corrupt(string layer, string format, string problem) =>
        new("IFO701", ExitCode.InvalidInput, $"its {format} data is damaged: {problem}")
        {
            Where = layer,
            Hint = "its digest is right, so it was pushed like this: make the image again",
        };

    public static Fault NotALayer(string layer, string type) =>
        new("IFO702", ExitCode.InvalidInput, $"a layer of type '{TarFaults.Shown(type)}' cannot be read")
        {
            Where = layer,
            Hint = type.EndsWith("+encrypted", StringComparison.Ordinal) ? "the layer is encrypted; push the image without encryption" : "layers are tar archives, plain or compressed with gzip or zstd",
        };

    public static Fault NothingThere(string image, string path, IEnumerable<string> candidates)
    {
        string[] some = [.. candidates.Select(TarFaults.Shown)];
        return new("IFO703", ExitCode.MissingInput, $"the image has nothing at {TarFaults.Shown(path)}")
        {
            Where = image,
            Hint = some.Length == 0 ? "look into the image for the right path" : $"it has {string.Join(", ", some)}",
        };
    }

    public static Fault NotAFile(string image, string path, string what) =>
        new("IFO704", ExitCode.InvalidInput, $"{TarFaults.Shown(path)} is {what} in the image, not a file")
        {
            Where = image,
            Hint = "name the disk itself",
        };

    public static Fault TooManyLinks(string image, string path) =>
        new("IFO705", ExitCode.InvalidInput, $"{TarFaults.Shown(path)} leads over too many links")
        {
            Where = image,
            Hint = "the links in the image may form a circle",
        };

    public static Fault TooLarge(string layer, string path, long size, long most) =>
        new("IFO706", ExitCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"{TarFaults.Shown(path)} has {size} bytes or more; a disk of at most {most} is taken"))
        {
            Where = layer,
            Hint = "is it the right image?",
        };

    public static Fault WhichFile(string image, IEnumerable<string?> titles) =>
        new("IFO707", ExitCode.InvalidInput, $"the artifact has several files: {string.Join(", ", titles.Select(t => t is null ? "one without a name" : TarFaults.Shown(t)))}")
        {
            Where = image,
            Hint = "say which one is meant with 'path'",
        };

    public static Fault WhichDisk(string layer, string first, string second) =>
        new("IFO708", ExitCode.InvalidInput, $"the archive has more than one disk: {TarFaults.Shown(first)} and {TarFaults.Shown(second)}")
        {
            Where = layer,
            Hint = "make an archive with one disk",
        };

    public static Fault NoDisk(string image, string path) =>
        new("IFO709", ExitCode.InvalidInput, $"{TarFaults.Shown(path)} is no disk: neither qcow2 nor VHD, and without a partition table")
        {
            Where = image,
            Hint = "name the disk itself; qcow2, fixed VHD and raw disks are read",
        };

    public static Fault Offline(string image) =>
        new("IFO710", ExitCode.Unavailable, "the registry is to be asked, and this build is offline")
        {
            Where = image,
            Hint = "build once without --offline; an image named by its digest is then asked for no more",
        };

    public static Fault NoSpace(string what, string problem) =>
        new("IFO711", ExitCode.CannotWrite, $"what the image holds cannot be written: {problem}")
        {
            Where = what,
            Hint = "make room in the store, or move it with --store",
        };

    public static Fault TooManyEntries(string layer, string name, long most) =>
        new("IFO712", ExitCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"the layer has more than {most} entries; '{TarFaults.Shown(name)}' is one too many"))
        {
            Where = layer,
            Hint = "look at where the image comes from",
        };
}
