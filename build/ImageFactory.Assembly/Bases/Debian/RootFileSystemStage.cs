using ImageFactory.Assembly.Packages;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Bases.Debian;

/// <summary>Installs the locked packages into an empty root file system and packs it as a tar.</summary>
/// <remarks>
/// Choices that decide the time (measured in the proof of the default image): paths are excluded by a file that a hook puts in place, since
/// options of the same meaning make mmdebstrap filter every archive through a slow tar filter; the packages come from a flat repository;
/// the kernel's hook builds no initrd, which a stage of its own does better.
/// </remarks>
/// <param name="asRoot">Whether the build runs as root; otherwise a user name space is used. The tar is the same.</param>
internal sealed class RootFileSystemStage(string packagesStage, PackageArchives archives, string architecture, long epoch, bool asRoot, IReadOnlyDictionary<string, string> hostPrograms) : IStage
{
    private const string Revision = "2";

    public const string StageName = "root-file-system";
    public const string TarFile = "root.tar";

    public string Name => StageName;

    public IReadOnlyList<string> After => [packagesStage];

    public void Describe(StageKey key)
    {
        key.Add("revision", Revision).Add("architecture", architecture).Add("epoch", epoch).Add("excluded", Excluded);
        foreach ((string program, string version) in hostPrograms.OrderBy(p => p.Key, StringComparer.Ordinal))
            key.Add(program, version);
    }

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        IReadOnlyList<LockedPackage> packages = await SelectPackagesStage.ReadAsync(scope, packagesStage, cancellation).ConfigureAwait(false);
        PackageCache cache = new(scope, archives);
        await cache.EnsureAsync(packages, cancellation).ConfigureAwait(false);
        string repository = await FlatRepository.MakeAsync(scope, cache, packages, copy: !asRoot, cancellation).ConfigureAwait(false);

        if (!asRoot)
            OpenTheWay(scope.Work);

        string dpkg = Path.Combine(scope.Work.FullName, "dpkg.cfg");
        await File.WriteAllLinesAsync(dpkg, Excluded.Select(p => "path-exclude=" + p).Append("path-include=/usr/share/doc/*/copyright"), cancellation).ConfigureAwait(false);

        await scope.Programs.RunAsync(
            new ProgramCall("mmdebstrap", [
                "--mode=" + (asRoot ? "root" : "unshare"),
                "--variant=essential",
                "--architectures=" + architecture,
                "--format=tar",
                "--include=" + string.Join(',', packages.Select(p => p.Name)),
                "--aptopt=Acquire::Languages \"none\"",
                "--aptopt=APT::Install-Recommends \"false\"",
                "--dpkgopt=force-unsafe-io",
                // "upload" runs in the name space too, so that the file belongs to root there as well.
                "--setup-hook=mkdir -p \"$1/etc/dpkg/dpkg.cfg.d\"",
                $"--setup-hook=upload {Quote(dpkg)} /etc/dpkg/dpkg.cfg.d/image-factory",
                "--customize-hook=rm -f \"$1/etc/dpkg/dpkg.cfg.d/image-factory\"",
                // mmdebstrap copies these from the host, or writes its own paths into them: nothing of the host may be in the tar.
                "--customize-hook=rm -f \"$1/etc/hostname\" \"$1/etc/resolv.conf\" \"$1/etc/apt/sources.list\"",
                "",
                scope.OutputFile(TarFile),
                $"deb [trusted=yes] copy://{repository} ./",
            ])
            {
                Environment = new Dictionary<string, string>
                {
                    ["SOURCE_DATE_EPOCH"] = epoch.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    ["TMPDIR"] = scope.Work.FullName,
                    // dracut's kernel hook and package trigger then build nothing; leaving the hook out would break the installation.
                    ["INITRD"] = "No",
                    ["DEBIAN_FRONTEND"] = "noninteractive",
                },
            },
            cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// In the user name space root is another user of the host, who must get through to the work folder. Its name is random, and it can still be
    /// listed by its owner only.
    /// </summary>
    private static void OpenTheWay(DirectoryInfo work)
    {
        const UnixFileMode Through = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(work.FullName, Through);
        File.SetUnixFileMode(work.Parent!.FullName, Through);
    }

    private static string Quote(string path) => "'" + path.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    /// <summary>Never unpacked: documentation and translations. Copyright files are kept, as their licences ask.</summary>
    private static readonly string[] Excluded = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/lintian/*", "/usr/share/bug/*"];
}
