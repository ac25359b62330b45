using ImageFactory.Model;

namespace ImageFactory.Build.Composition.Diff;

internal static class DiffFaults
{
    private const string WhatToName = "name an image (raw or qcow2), the folder of a build, or its manifest.json";

    public static Fault NotThere(string shownAs) =>
        new("IFH121", ExitCode.MissingInput, "there is nothing to compare here") { Where = shownAs, Hint = WhatToName };

    public static Fault BadManifest(string shownAs, string why) =>
        new("IFH122", ExitCode.InvalidInput, $"this is no manifest of this factory: {why}") { Where = shownAs, Hint = WhatToName + "; measurements.json is for 'measure diff'" };

    public static Fault NothingInCommon(string image, string manifest) =>
        new("IFH123", ExitCode.InvalidInput, $"{image} is an image without the manifest of its build, and of {manifest} there is only the manifest: they have nothing in common that could be compared")
        {
            Hint = "name two images, or put the manifest.json of its build beside the image",
        };
}
