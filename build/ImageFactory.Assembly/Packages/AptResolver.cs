using System.Globalization;
using System.Text;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Packages;

/// <summary>
/// Asks apt which packages a list of names stands for, with a configuration, index and (empty) status of its own:
/// nothing of the host's installation is read or changed, but its way to the archives holds.
/// </summary>
internal sealed class AptResolver
{
    private readonly IProgramRunner programs;
    private readonly PackageArchives archives;
    private readonly PackageRequest request;
    private readonly string folder;
    private readonly Dictionary<string, string> environment;

    private AptResolver(IProgramRunner programs, PackageArchives archives, PackageRequest request, string folder)
    {
        this.programs = programs;
        this.archives = archives;
        this.request = request;
        this.folder = folder;
        environment = new() { ["APT_CONFIG"] = Path.Combine(folder, "apt.conf") };
    }

    /// <summary>Sets up the private apt below <paramref name="scope"/>'s work folder and fetches the indexes.</summary>
    public static async Task<AptResolver> StartAsync(StageScope scope, PackageArchives archives, PackageRequest request, CancellationToken cancellation)
    {
        if (!File.Exists(archives.Keyring))
            throw new FactoryException(PackageFaults.NoKeyring(archives.Keyring));

        string folder = Path.Combine(scope.Work.FullName, $"apt-{request.Suite}-{request.Architecture}");
        foreach (string part in (string[])["etc/preferences.d", "state/lists/partial", "cache/archives/partial"])
            Directory.CreateDirectory(Path.Combine(folder, part));
        await File.WriteAllTextAsync(Path.Combine(folder, "state", "status"), "", cancellation).ConfigureAwait(false);

        AptResolver resolver = new(scope.Programs, archives, request, folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "etc", "sources.list"), resolver.Sources(), cancellation).ConfigureAwait(false);
        await File.WriteAllTextAsync(resolver.environment["APT_CONFIG"], resolver.Configuration(await HostSettingsAsync(scope.Programs, cancellation).ConfigureAwait(false)), cancellation)
            .ConfigureAwait(false);
        await resolver.UpdateAsync(cancellation).ConfigureAwait(false);
        return resolver;
    }

    /// <summary>The packages that installing these names into an empty system would bring, sorted by name.</summary>
    public Task<IReadOnlyList<LockedPackage>> ResolveAsync(IEnumerable<string> names, CancellationToken cancellation) =>
        AskAsync(["install", "--print-uris", "--yes"], names, cancellation);

    /// <summary>The packages of these names alone, sorted by name.</summary>
    public Task<IReadOnlyList<LockedPackage>> FindAsync(IEnumerable<string> names, CancellationToken cancellation) =>
        AskAsync(["download", "--print-uris"], names, cancellation);

    private async Task<IReadOnlyList<LockedPackage>> AskAsync(IEnumerable<string> question, IEnumerable<string> names, CancellationToken cancellation)
    {
        ProgramResult answer = await programs.RunAsync(
            new ProgramCall("apt-get", [.. question, .. names]) { Environment = environment, Capture = true, Accept = [0, 100] },
            cancellation).ConfigureAwait(false);
        if (answer.ExitCode != 0)
            throw new FactoryException(PackageFaults.NotResolved(await WhyNotAsync(names, cancellation).ConfigureAwait(false), null));

        // Each line: 'ADDRESS' FILE SIZE DIGEST
        List<(string Archive, string Path)> found = [];
        foreach (string line in answer.Output.Split('\n').Where(l => l.StartsWith('\'')))
        {
            string address = line[1..line.IndexOf('\'', 1)];
            found.Add(archives.Split(address) ?? throw new FactoryException(PackageFaults.NotResolved($"apt names an address of neither archive: {address}", null)));
        }

        return await DescribeAsync(found, cancellation).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<LockedPackage>> DescribeAsync(List<(string Archive, string Path)> found, CancellationToken cancellation)
    {
        List<string> wanted = [.. found.Select(f => NameAndVersion(f.Path))];
        ProgramResult shown = await programs.RunAsync(new ProgramCall("apt-cache", ["show", .. wanted]) { Environment = environment, Capture = true }, cancellation)
            .ConfigureAwait(false);
        Dictionary<string, IReadOnlyDictionary<string, string>> byPath = new(StringComparer.Ordinal);
        foreach (IReadOnlyDictionary<string, string> stanza in DebianControl.Stanzas(shown.Output))
            byPath[stanza["Filename"]] = stanza;

        List<LockedPackage> packages = [];
        foreach ((string archive, string path) in found)
        {
            if (!byPath.TryGetValue(path, out IReadOnlyDictionary<string, string>? stanza) || !stanza.ContainsKey("SHA256"))
                throw new FactoryException(PackageFaults.NotResolved($"the index has no SHA-256 for {path}", null));
            packages.Add(new LockedPackage(
                stanza["Package"],
                stanza["Version"],
                stanza["Architecture"],
                archive,
                path,
                long.Parse(stanza["Size"], CultureInfo.InvariantCulture),
                new Sha256(stanza["SHA256"])));
        }

        return [.. packages.OrderBy(p => p.Name, StringComparer.Ordinal)];
    }

    /// <summary><c>pool/main/q/qemu/qemu-utils_10.0_amd64.deb</c> does not carry the epoch, so apt is asked for the name; the path picks the version.</summary>
    private static string NameAndVersion(string path)
    {
        string file = Path.GetFileName(path);
        return file[..file.IndexOf('_', StringComparison.Ordinal)];
    }

    private async Task UpdateAsync(CancellationToken cancellation)
    {
        List<string> said = [];
        ProgramResult update = await programs.RunAsync(
            new ProgramCall("apt-get", ["update", "--error-on=any"]) { Environment = environment, Accept = [0, 100], OnLine = said.Add },
            cancellation).ConfigureAwait(false);
        if (update.ExitCode != 0)
            throw new FactoryException(PackageFaults.NoIndex(Complaints(said), archives.Security is null ? archives.Main : $"{archives.Main} and {archives.Security}"));
    }

    private async Task<string> WhyNotAsync(IEnumerable<string> names, CancellationToken cancellation)
    {
        List<string> said = [];
        await programs.RunAsync(
            new ProgramCall("apt-get", ["install", "--simulate", "--yes", .. names]) { Environment = environment, Accept = [0, 100], OnLine = said.Add },
            cancellation).ConfigureAwait(false);
        return Complaints(said);
    }

    private static string Complaints(List<string> said)
    {
        List<string> complaints = [.. said.Where(l => l.StartsWith("E:", StringComparison.Ordinal) || l.StartsWith("W:", StringComparison.Ordinal) || l.Contains("Depends:", StringComparison.Ordinal) || l.StartsWith("Err:", StringComparison.Ordinal))];
        return string.Join('\n', complaints.Count > 0 ? complaints : said.TakeLast(10));
    }

    private string Sources()
    {
        StringBuilder text = new();
        string options = $"[arch={request.Architecture} signed-by={archives.Keyring}]";
        string components = string.Join(' ', request.Components);
        text.Append(CultureInfo.InvariantCulture, $"deb {options} {archives.Main} {request.Suite} {components}\n");
        if (archives.Security is not null)
            text.Append(CultureInfo.InvariantCulture, $"deb {options} {archives.Security} {request.Suite}-security {components}\n");
        return text.ToString();
    }

    private string Configuration(string hostSettings) =>
        $$"""
        Dir "{{folder}}/";
        Dir::Etc "{{folder}}/etc/";
        Dir::Etc::SourceList "{{folder}}/etc/sources.list";
        Dir::Etc::SourceParts "/dev/null";
        Dir::Etc::Parts "/dev/null";
        Dir::Etc::Main "/dev/null";
        Dir::State "{{folder}}/state/";
        Dir::State::status "{{folder}}/state/status";
        Dir::Cache "{{folder}}/cache/";
        APT::Architecture "{{request.Architecture}}";
        APT::Architectures { "{{request.Architecture}}"; };
        APT::Install-Recommends "false";
        APT::Sandbox::User "";
        Acquire::Languages "none";
        Acquire::Retries "3";
        Debug::NoLocking "true";
        {{hostSettings}}
        """ + "\n";

    /// <summary>Settings that say how this host reaches its archives: proxies, certificates, and whether a frozen mirror's old index is accepted.</summary>
    private static readonly string[] HostSettings = ["Acquire::http", "Acquire::Check-Valid-Until ", "Acquire::Check-Date "];

    /// <summary>The host's own, which a private configuration would hide.</summary>
    private static async Task<string> HostSettingsAsync(IProgramRunner programs, CancellationToken cancellation)
    {
        ProgramResult dump = await programs.RunAsync(new ProgramCall("apt-config", ["dump"]) { Capture = true }, cancellation).ConfigureAwait(false);
        return string.Join('\n', dump.Output.Split('\n').Where(l => HostSettings.Any(s => l.StartsWith(s, StringComparison.OrdinalIgnoreCase)) && l.EndsWith("\";", StringComparison.Ordinal)));
    }
}
