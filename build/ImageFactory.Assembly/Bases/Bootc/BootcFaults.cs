using System.Globalization;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>Faults of bases that are bootable containers.</summary>
internal static class BootcFaults
{
    public static Fault NoReference(string file, int line, string text, string problem) =>
        new("IFC301", ExitCode.InvalidInput, $"'{TarFaults.Shown(text)}' cannot be pinned to a digest: {problem}")
        {
            Where = string.Create(CultureInfo.InvariantCulture, $"{file}:{line}"),
            Hint = "name the image with its host, for example quay.io/centos-bootc/centos-bootc:stream9",
        };

    public static Fault UnknownArgument(string file, int line, string name) =>
        new("IFC302", ExitCode.InvalidInput, $"the name of an image needs the build argument {TarFaults.Shown(name)}, which has no value here")
        {
            Where = string.Create(CultureInfo.InvariantCulture, $"{file}:{line}"),
            Hint = "set it under 'base.args', or give it a default by an ARG line before the first FROM",
        };

    public static Fault NoFrom(string file) => new("IFC303", ExitCode.InvalidInput, "the Containerfile has no FROM line") { Where = file, Hint = "is it the right file?" };

    public static Fault OutsideContext(string file, string context) =>
        new("IFC304", ExitCode.InvalidInput, "the Containerfile lies outside of its context")
        {
            Where = file,
            Hint = $"move it into {context}, or set 'base.context' to a folder that holds it",
        };

    public static Fault NoLocalImage(string image) =>
        new("IFC305", ExitCode.MissingInput, "the container engine has no image of this name")
        {
            Where = image,
            Hint = "names that begin with localhost/ are never pulled: build the image first, as the same user and in the same storage",
        };

    public static Fault Offline(string what) =>
        new("IFC306", ExitCode.Unavailable, $"{what} needs the network, and the build is offline") { Hint = "run it once without --offline; the result is kept" };

    public static Fault OtherArchitecture(string image, string found, string wanted) =>
        new("IFC307", ExitCode.InvalidInput, $"the image is for {TarFaults.Shown(found)}, the recipe for {wanted}")
        {
            Where = image,
            Hint = "set 'architecture', or name the image for that machine",
        };

    public static Fault NoKernel(string image) =>
        new("IFC310", ExitCode.InvalidInput, "the image has no kernel: there is no /usr/lib/modules/VERSION/vmlinuz")
        {
            Where = image,
            Hint = "a bootable container brings its kernel there; install a kernel package, or start from a bootc base image",
        };

    public static Fault NoModule(string image, string kernel, string module, string purpose) =>
        new("IFC311", ExitCode.InvalidInput, $"kernel {TarFaults.Shown(kernel)} has no {module}, which {purpose} needs")
        {
            Where = image,
            Hint = module == "erofs" ? "set 'disk.root: ext4'" : "install the package with the kernel's further modules (kernel-modules-core, kernel-modules)",
        };

    public static Fault NoDracut(string image, IReadOnlyList<string> missing) =>
        new("IFC312", ExitCode.InvalidInput, $"the image's initrd cannot open a verified root (it lacks {string.Join(", ", missing)}), and the image has no dracut to make another")
        {
            Where = image,
            Hint = "install dracut in the Containerfile",
        };

    public static Fault Unfinished(string image, long bytes) =>
        new("IFC313", ExitCode.TryAgain, string.Create(CultureInfo.InvariantCulture, $"the export of the image's file system ended after {bytes} bytes without the end mark of an archive"))
        {
            Where = image,
            Hint = "the container engine broke off; its log says why",
        };

    public static Fault ImageArguments(string file, IEnumerable<string> arguments) =>
        new Fault("IFC314", ExitCode.InvalidInput, $"kernel arguments of the image itself are not used: {string.Join(' ', arguments.Select(TarFaults.Shown))}")
        {
            Where = file,
            Hint = "the command line is measured, so the recipe says all of it: add those that are wanted to 'system.kernelArguments'",
        }.AsWarning();

    public static Fault SecretUnreadable(string id, string file, string problem) =>
        new("IFC315", ExitCode.MissingInput, $"the secret '{id}' cannot be read: {problem}") { Where = file, Hint = "the file must be readable for whoever builds" };

    public static Fault AnotherImage(string image) =>
        new("IFC316", ExitCode.TryAgain, "the container engine does not have the image any more, and building it again gave another one")
        {
            Where = image,
            Hint = "its Containerfile installs what is not pinned: 'store gc --max-size 0' forgets the old one, and the next build starts anew",
        };

    public static Fault NotCarried(string image) =>
        new("IFC317", ExitCode.InvalidInput, "the bundle does not hold this container image, which no registry has") { Where = image, Hint = "make the bundle anew with './build.sh bundle'" };

    public static Fault LoadedAnother(string image, string id) =>
        new("IFC318", ExitCode.InvalidInput, $"what the container engine loaded out of the bundle is not {id}, which the bundle promises")
        {
            Where = image,
            Hint = "build with an engine of the kind that the bundle was made with (podman, or Docker's), or make the bundle anew with this one",
        };

    public static Fault NoDisk(string builder, string path) =>
        new("IFC320", ExitCode.Internal, $"bootc-image-builder ended well and left no {path}") { Where = builder, Hint = "another release of it may name its files otherwise" };

    public static Fault BadDisk(string builder, string problem) =>
        new("IFC321", ExitCode.InvalidInput, $"the disk that bootc-image-builder left is not one that boots: {problem}") { Where = builder };

    public static Fault BuilderNeedsPodman(string engine) =>
        new("IFC322", ExitCode.Configuration, $"bootc-image-builder works on podman's own storage, and the engine here is {engine}") { Hint = "set CONTAINER_HOST to podman's socket, or use 'base.way: direct'" };

    public static Fault BuilderNeedsRoot() =>
        new("IFC323", ExitCode.NotPermitted, "bootc-image-builder needs a privileged container, and this podman runs without root") { Hint = "use the podman of root, or 'base.way: direct', which needs no privileges" };

    public static Fault ClusterUntrusted(string host, string problem) =>
        new("IFC324", ExitCode.Configuration, $"the container engine cannot be told the authority of the cluster's own registry: {problem}")
        {
            Where = host,
            Hint = "the pod needs the service CA, and may have to write below certs.d",
        };

    public static Fault MeasuredUnverified() =>
        new Fault("IFC330", ExitCode.InvalidInput, "the disk has bootc's classic layout: its boot loader decides what is measured, and no reference values are made for it")
        {
            Hint = "'base.way: direct' makes a measured disk of the same image",
        }.AsWarning();
}
