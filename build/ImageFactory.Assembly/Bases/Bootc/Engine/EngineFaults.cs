using System.Globalization;
using System.Net;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Bases.Bootc.Engine;

/// <summary>Faults of container engines. What the engine said is always there, as the detail.</summary>
internal static class EngineFaults
{
    private const string Install = "install podman (as root: apt-get install podman runc, or dnf install podman), or name a socket in CONTAINER_HOST";

    public static Fault Address(string variable, string address, string problem) =>
        new("IFC101", ExitCode.Configuration, $"'{TarFaults.Shown(address)}' is no address of a container engine: {problem}")
        {
            Where = variable,
            Hint = "write unix:///run/podman/podman.sock, or unset the variable",
        };

    public static Fault NoEngine(IReadOnlyList<string> tried) =>
        new("IFC102", ExitCode.Unavailable, tried.Count == 0 ? "a base of kind bootc needs a container engine, and there is none" : $"no container engine answers: {string.Join("; ", tried)}") { Hint = Install };

    public static Fault Unreachable(string address, string problem) =>
        new("IFC103", ExitCode.Unavailable, $"the container engine does not answer: {problem}")
        {
            Where = address,
            Hint = "is it running (systemctl start podman.socket, or docker), and may this user open its socket?",
        };

    public static Fault NotStarted(string program, string problem) =>
        new("IFC104", ExitCode.Unavailable, $"podman did not begin to serve: {problem}") { Where = program, Hint = "'podman info' shows more" };

    public static Fault Refused(string operation, HttpStatusCode status, string said) =>
        new(
            "IFC201",
            status switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ExitCode.NotPermitted,
                HttpStatusCode.NotFound => ExitCode.MissingInput,
                HttpStatusCode.BadRequest => ExitCode.InvalidInput,
                HttpStatusCode.Conflict or HttpStatusCode.TooManyRequests => ExitCode.TryAgain,
                _ => ExitCode.Unavailable,
            },
            string.Create(CultureInfo.InvariantCulture, $"the container engine refused to {operation} ({(int)status})"))
        {
            Detail = said,
        };

    public static Fault BrokenOff(string operation, long bytes, string problem) =>
        new("IFC202", ExitCode.TryAgain, string.Create(CultureInfo.InvariantCulture, $"the container engine broke off after {bytes} bytes when it was to {operation}"))
        {
            Detail = problem,
            Hint = "its log says why: was it stopped, or is its disk full?",
        };

    public static Fault PullFailed(string image, string said) =>
        new("IFC203", ExitCode.Unavailable, "the container engine could not pull the image")
        {
            Where = image,
            Detail = said,
            Hint = "check name and credentials ('podman login'); the engine's own registries.conf, policy.json and certs.d decide beside them",
        };

    public static Fault BuildFailed(string containerfile, string said, IEnumerable<string> lastLines) =>
        new("IFC204", ExitCode.InvalidInput, "the container engine could not build the image")
        {
            Where = containerfile,
            Detail = string.Join('\n', lastLines.Append(said)),
        };

    public static Fault Unreadable(string operation, string problem) =>
        new("IFC205", ExitCode.Unavailable, $"what the container engine answered cannot be read, when it was to {operation}: {problem}")
        {
            Hint = "podman 4.3 and newer, and Docker's engine 20.10 and newer are known to serve",
        };

    public static Fault ProgramFailed(string what, int code, IEnumerable<string> lastLines) =>
        new("IFC206", ExitCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"{what} ended with {code} in its container")) { Detail = string.Join('\n', lastLines) };

    public static Fault SecretsUnsupported(EngineVersion engine) =>
        new("IFC207", ExitCode.Configuration, $"{engine} takes no build secrets over its API")
        {
            Hint = "Docker takes them through BuildKit sessions only, which are not spoken here: use podman (CONTAINER_HOST), or a Containerfile without secrets",
        };

    public static Fault NotAFile(string path, string problem) => new("IFC208", ExitCode.InvalidInput, $"the container has no file {TarFaults.Shown(path)}: {problem}");

    public static Fault LoadFailed(EngineVersion engine, string said) =>
        new("IFC209", ExitCode.Unavailable, $"{engine} could not load the image out of the bundle")
        {
            Detail = said,
            Hint = "is its disk full? podman 4.3 and newer, and Docker's engine 25 and newer are known to take such archives",
        };
}
