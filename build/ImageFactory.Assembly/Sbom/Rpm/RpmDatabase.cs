using ImageFactory.Assembly.Tree;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Sbom.Rpm;

/// <summary>
/// Finds and reads the database of rpm inside a root file system: <c>rpmdb.sqlite</c> (Fedora since 33, RHEL since 9) and <c>Packages.db</c> (SUSE). Berkeley DB, as in RHEL 8, is not read.
/// </summary>
internal static class RpmDatabase
{
    /// <summary>Headers of packages with some hundred thousand files have some ten MiB.</summary>
    public const int LargestPackage = 256 << 20;

    private const string Sqlite = "rpmdb.sqlite";
    private const string Ndb = "Packages.db";

    /// <summary>Where distributions keep it; later ones lead to the first by links, or the other way around.</summary>
    public static readonly IReadOnlyList<string> Folders = ["/usr/lib/sysimage/rpm", "/var/lib/rpm", "/usr/share/rpm"];

    public static bool IsIn(FileTree tree) => Folders.Any(f => tree.List(f).Count > 0);

    /// <param name="read">Takes the packages one after the other; they are not kept.</param>
    /// <exception cref="FactoryException">IFA962 to IFA964: it is damaged, not at rest, or of a kind that is not read.</exception>
    public static T Read<T>(FileTree tree, Func<IEnumerable<RpmHeader>, T> read)
    {
        string folder = Folders.FirstOrDefault(f => tree.Find($"{f}/{Sqlite}") is not null || tree.Find($"{f}/{Ndb}") is not null)
            ?? throw new FactoryException(SbomFaults.UnknownRpmDatabase(Folders.First(f => tree.List(f).Count > 0)));
        string path = tree.Find($"{folder}/{Sqlite}") is null ? $"{folder}/{Ndb}" : $"{folder}/{Sqlite}";
        if (new[] { "-wal", "-journal" }.FirstOrDefault(end => tree.Find(path + end) is { Content.Length: > 0 }) is { } unfinished)
            throw new FactoryException(SbomFaults.RpmDatabaseInUse(path, path + unfinished));
        try
        {
            return TreeContentSource.Read(tree.Find(path)!.Content, path, file => read(Blobs(file, path).Select(b => RpmHeader.Parse(b))));
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new FactoryException(SbomFaults.BadRpmDatabase(path, e.Message), e);
        }
    }

    private static IEnumerable<byte[]> Blobs(IExtentSource file, string path) =>
        path.EndsWith(Sqlite, StringComparison.Ordinal) ? SqliteFile.Open(file).Column("Packages", 1) : NdbFile.Blobs(file);
}
