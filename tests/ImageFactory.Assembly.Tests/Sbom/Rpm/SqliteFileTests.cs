using System.Globalization;
using ImageFactory.Assembly.Sbom.Rpm;
using ImageFactory.Assembly.Tests.Tree;
using ImageFactory.Images.Extents;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tests.Sbom.Rpm;

/// <summary>Tables that SQLite itself wrote, with rows of all sizes.</summary>
public sealed class SqliteFileTests
{
    /// <summary>Makes a database with some rows removed again, and prints the digest of what is left of each.</summary>
    private const string Maker = """
        import hashlib, random, sqlite3, sys
        path, page, rows, largest, seed = sys.argv[1], *map(int, sys.argv[2:])
        random.seed(seed)
        db = sqlite3.connect(path)
        db.execute(f"PRAGMA page_size = {page}")
        db.execute("CREATE TABLE Other (a TEXT)")
        db.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
        db.executemany("INSERT INTO Packages (blob) VALUES (?)", ((random.randbytes(random.randrange(largest)),) for _ in range(rows)))
        db.execute("DELETE FROM Packages WHERE hnum % 7 = 0")
        db.commit()
        for (blob,) in db.execute("SELECT blob FROM Packages ORDER BY hnum"):
            print(hashlib.sha256(blob).hexdigest())
        """;

    [Theory]
    [InlineData(512, 300, 1500)]
    [InlineData(1024, 40, 40_000)]
    [InlineData(4096, 2000, 200)]
    [InlineData(4096, 60, 100_000)]
    [InlineData(65536, 50, 200_000)]
    [InlineData(4096, 0, 1)]
    public void Rows_come_out_as_they_went_in(int page, int rows, int largest)
    {
        using TemporaryFolder folder = new();
        string[] numbers = [.. new[] { page, rows, largest, page + rows }.Select(n => n.ToString(CultureInfo.InvariantCulture))];
        (int exitCode, string output, string errors) = Tool.Run(Tool.Need("python3"), ["-c", Maker, folder["db"], .. numbers]);
        Assert.True(exitCode == 0, errors);

        using RawFileSource file = RawFileSource.Open(folder["db"]);
        string[] found = [.. SqliteFile.Open(file).Column("Packages", 1).Select(b => Sha256.Of(b).Hex)];

        Assert.Equal(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), found);
        Assert.Throws<InvalidDataException>(() => SqliteFile.Open(file).Column("packages", 1));
    }
}
