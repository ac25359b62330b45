using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Publishing.Libvirt;

/// <summary>
/// Gives a volume the name of another, in one step. libvirt has no call for it, so the file is renamed in the pool's folder: on this machine, or over
/// the ssh that the connection itself uses.
/// </summary>
internal sealed class VolumeSwap(LibvirtPlace place)
{
    private readonly Uri uri = new(place.UriText!);

    private bool IsSsh => uri.Scheme.EndsWith("+ssh", StringComparison.Ordinal);

    private bool IsLocal => uri.Host.Length == 0 && (!uri.Scheme.Contains('+', StringComparison.Ordinal) || uri.Scheme.EndsWith("+unix", StringComparison.Ordinal));

    /// <summary>Why it cannot be done from here, or null.</summary>
    /// <param name="folder">The pool's; null when the pool has none or is yet to be made.</param>
    public string? Objection(string? folder) => IsSsh || folder is null ? null
        : !IsLocal ? $"a connection of kind {uri.Scheme} gives no way to rename"
        : Directory.Exists(folder) ? null : $"there is no folder {folder} on this machine";

    /// <exception cref="FactoryException">IFU610, or the fault of ssh. Whether it was done must then be looked at.</exception>
    public async Task RenameAsync(string folder, string from, string to, CancellationToken cancellation)
    {
        (string source, string target) = ($"{folder}/{from}", $"{folder}/{to}");
        if (IsSsh)
        {
            await place.Around.Programs.RunAsync(Ssh($"mv -fT -- {ShellText.Quote(source)} {ShellText.Quote(target)}"), cancellation).ConfigureAwait(false);
            return;
        }

        try
        {
            File.Move(source, target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(LibvirtFaults.CannotReplace(place.Where, to, e.Message), e);
        }
    }

    /// <summary>The parameters are those of libvirt's URIs (command, keyfile, known_hosts, no_verify).</summary>
    private ProgramCall Ssh(string command)
    {
        Dictionary<string, string> parameters = uri.Query.TrimStart('?').Split(['&', ';'], StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.Split('=', 2)).Where(p => p.Length == 2).ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1]), StringComparer.Ordinal);
        List<string> arguments = ["-T", "-o", "BatchMode=yes"];
        if (parameters.GetValueOrDefault("no_verify") is not (null or "0"))
            arguments.AddRange(["-o", "StrictHostKeyChecking=no"]);
        if (parameters.TryGetValue("known_hosts", out string? known))
            arguments.AddRange(["-o", $"UserKnownHostsFile={known}"]);
        if (parameters.TryGetValue("keyfile", out string? key))
            arguments.AddRange(["-i", key]);
        if (uri.UserInfo.Length > 0)
            arguments.AddRange(["-l", Uri.UnescapeDataString(uri.UserInfo)]);
        if (!uri.IsDefaultPort && uri.Port > 0)
            arguments.AddRange(["-p", uri.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        return new ProgramCall(parameters.GetValueOrDefault("command") ?? "ssh", [.. arguments, "--", uri.IdnHost, command])
        {
            Name = "ssh",
            Failure = ExitCode.TryAgain,
            Limit = TimeSpan.FromMinutes(2),
            Environment = place.Around.Variable("SSH_AUTH_SOCK") is { } agent ? new Dictionary<string, string> { ["SSH_AUTH_SOCK"] = agent } : [],
        };
    }
}
