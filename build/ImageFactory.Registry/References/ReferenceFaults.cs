using ImageFactory.Model;

namespace ImageFactory.Registry.References;

/// <summary>Names of images that are none.</summary>
internal static class ReferenceFaults
{
    public static Fault Invalid(string text, string problem) =>
        new("IFO101", ExitCode.InvalidInput, $"'{Shown.Text(text)}' is no name of an image: {Shown.Text(problem)}")
        {
            Hint = "write HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST], for example quay.io/example/podvm:1.0",
        };

    public static Fault NoHost(string text) =>
        new("IFO102", ExitCode.InvalidInput, $"'{Shown.Text(text)}' does not say which registry the image is in")
        {
            Hint = "write the host too, for example quay.io/example/podvm; short names mean another image on another machine",
        };

    public static Fault NoUriKind(string text) =>
        new("IFO103", ExitCode.InvalidInput, $"'{Shown.Text(text)}' is no image URI: it does not begin with oci:: or bootc::")
        {
            Hint = "write oci::IMAGE[::PATH] for an image that holds a disk, or bootc::IMAGE",
        };

    public static Fault BadUriPath(string text, string path) =>
        new("IFO104", ExitCode.InvalidInput, $"'{Shown.Text(text)}' names '{Shown.Text(path)}', which is no absolute path inside an image")
        {
            Hint = "for example oci::quay.io/example/podvm:1.0::/image/podvm.qcow2",
        };
}
