using ImageFactory.Assembly.SystemSetup.Options;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Tools;
using LibGuestFs.Net;

namespace ImageFactory.Assembly.Bases.Disks;

/// <summary>
/// Lets the system on the disk install and remove packages with its own package manager, in the appliance: the one step that runs the system's programs
/// on its disk. What the network gives is not pinned, so the result is as old as this stage's entry in the store.
/// </summary>
internal sealed class CustomiseDiskStage(StageFile disk, GuestSettings settings, IReadOnlyList<SystemOption> options, Architecture architecture) : IStage
{
    private const string Revision = "1";

    public const string StageName = "customise-disk";
    public const string DiskFile = "disk.qcow2";

    public string Name => StageName;

    public IReadOnlyList<string> After => [disk.Stage, ToolSet.Image.Name];

    /// <summary>Whether the recipe asks for anything that this stage does.</summary>
    public static bool IsNeeded(GuestSettings settings, IReadOnlyList<SystemOption> options) =>
        settings.Packages.Count + settings.RemovePackages.Count > 0 || (settings.Network && options.Any(o => o.Facts.Packages.Count > 0));

    public void Describe(StageKey key)
    {
        key.Add("revision", Revision).Add("packages", settings.Packages).Add("removed", settings.RemovePackages).Add("network", settings.Network ? "yes" : "no");
        // Without the network what they need was installed before; their layer looks for it.
        if (settings.Network)
            key.Add("packages-of-options", options.SelectMany(o => o.Facts.Packages).SelectMany(m => m.Value, (m, package) => $"{m.Key} {package}"));
    }

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        if (settings.Network && scope.Offline)
            throw new FactoryException(GuestFaults.Offline("installing packages"));
        if (architecture != Architecture.X64)
            throw new FactoryException(GuestFaults.ForeignPrograms(disk.In(scope), architecture.ToString()));

        Toolbox tools = new(scope.Inputs[ToolSet.Image.Name]);
        string source = disk.In(scope);
        string overlay = Path.Combine(scope.Work.FullName, "overlay.qcow2");
        await scope.Programs.RunAsync(tools.Call("qemu-img", ["create", "-q", "-f", "qcow2", "-b", source, "-F", Guest.FormatOf(source), overlay]), cancellation).ConfigureAwait(false);
        using (Guest guest = await Guest.OpenAsync(scope, overlay, architecture, readOnly: false, settings.Network, cancellation).ConfigureAwait(false))
        {
            foreach (string[] command in Commands(guest.System.PackageManagement, source))
            {
                scope.Log.Info(string.Join(' ', command));
                await RunAsync(guest.Files, command, source, cancellation).ConfigureAwait(false);
            }

            await guest.DoAsync(g => g.ShutdownAsync(cancellation)).ConfigureAwait(false);
        }

        await scope.Programs.RunAsync(tools.Call("qemu-img", ["convert", "-O", "qcow2", overlay, scope.OutputFile(DiskFile)]), cancellation).ConfigureAwait(false);
    }

    private IEnumerable<string[]> Commands(string manager, string disk)
    {
        string[] installed = [.. settings.Packages.Union(settings.Network ? options.SelectMany(o => o.Facts.Packages.GetValueOrDefault(manager == "yum" ? "dnf" : manager, [])) : [])];
        string[] removed = [.. settings.RemovePackages];
        switch (manager)
        {
            case "apt":
                // No service of the image may start in the appliance.
                const string Quiet = "DEBIAN_FRONTEND=noninteractive";
                if (removed.Length > 0)
                    yield return ["env", Quiet, "apt-get", "purge", "-y", "--auto-remove", .. removed];
                if (installed.Length > 0)
                {
                    yield return ["apt-get", "update"];
                    yield return ["env", Quiet, "apt-get", "install", "-y", "--no-install-recommends", .. installed];
                }

                yield return ["apt-get", "clean"];
                break;
            case "dnf" or "yum":
                if (removed.Length > 0)
                    yield return [manager, "-y", "remove", .. removed];
                if (installed.Length > 0)
                    yield return [manager, "-y", "--setopt=install_weak_deps=False", "install", .. installed];
                yield return [manager, "clean", "all"];
                break;
            default:
                throw new FactoryException(GuestFaults.NoPackageManager(disk, manager));
        }
    }

    private static async Task RunAsync(GuestFs guest, string[] command, string disk, CancellationToken cancellation)
    {
        try
        {
            await guest.CommandAsync(command, cancellation).ConfigureAwait(false);
        }
        catch (GuestFsException e)
        {
            throw new FactoryException(GuestFaults.PackagesFailed(disk, $"{string.Join(' ', command)}: {e.Reason}"), e);
        }
    }
}
