using System.Globalization;
using System.Text;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Assembly.Packages;

/// <summary>
/// A folder that apt takes as an archive of its own (<c>deb [trusted=yes] copy:///FOLDER ./</c>), with exactly the locked packages:
/// no large index to parse, no network, and no other version can be installed.
/// </summary>
internal static class FlatRepository
{
    /// <param name="copy">Whether the packages are copied instead of linked to: for a reader who may not look into the store.</param>
    public static async Task<string> MakeAsync(StageScope scope, PackageCache cache, IReadOnlyList<LockedPackage> packages, bool copy, CancellationToken cancellation)
    {
        string folder = Directory.CreateDirectory(Path.Combine(scope.Work.FullName, "repository")).FullName;
        string[] stanzas = new string[packages.Count];
        await Parallel.ForAsync(0, packages.Count, cancellation, async (i, token) =>
        {
            LockedPackage package = packages[i];
            string link = Path.Combine(folder, package.FileName);
            if (copy)
                File.Copy(cache.PathOf(package), link);
            else
                File.CreateSymbolicLink(link, cache.PathOf(package));
            string control = await ControlAsync(scope, cache, package, token).ConfigureAwait(false);
            stanzas[i] = string.Create(CultureInfo.InvariantCulture, $"{control}\nFilename: ./{package.FileName}\nSize: {package.Size}\nSHA256: {package.Sha256}\n");
        }).ConfigureAwait(false);

        await File.WriteAllTextAsync(Path.Combine(folder, "Packages"), string.Join('\n', stanzas) + "\n", new UTF8Encoding(false), cancellation).ConfigureAwait(false);
        return folder;
    }

    /// <summary>The package's own control stanza, kept beside the package since it can never change.</summary>
    private static async Task<string> ControlAsync(StageScope scope, PackageCache cache, LockedPackage package, CancellationToken cancellation)
    {
        string kept = Path.ChangeExtension(cache.PathOf(package), ".control");
        if (File.Exists(kept))
            return await File.ReadAllTextAsync(kept, cancellation).ConfigureAwait(false);

        ProgramResult control = await scope.Programs.RunAsync(new ProgramCall("dpkg-deb", ["--field", cache.PathOf(package)]) { Capture = true }, cancellation)
            .ConfigureAwait(false);
        string text = control.Output.TrimEnd('\n');
        string aside = kept + "." + Path.GetRandomFileName();
        await File.WriteAllTextAsync(aside, text, cancellation).ConfigureAwait(false);
        File.Move(aside, kept, overwrite: true);
        return text;
    }
}
