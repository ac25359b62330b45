using ImageFactory.Model;
using ImageFactory.Pipeline.Storage;
using ImageFactory.Pipeline.Tests.Support;

namespace ImageFactory.Pipeline.Tests.Storage;

public sealed class OutputTreeTests
{
    /// <summary>
    /// Made with Python: <c>sha256(b"".join(struct.pack("&gt;I", len(f)) + f for item in [["bin","d","0755","0",""],
    /// ["bin/tool","f","0755","5",sha256(b"hello").hexdigest()], ["link","l","0777","0","bin/tool"]] for f in map(str.encode, item)))</c>.
    /// </summary>
    private const string DigestByPython = "84f1a8757a6da469e28ff3901e85199c2c942d9b5bb4e5d6c5662438ca126ad3";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_digest_is_the_documented_one()
    {
        using TestFolder folder = new();
        MakeTree(folder.Path);

        OutputTree tree = await OutputTree.ReadAsync(folder.Path, sync: true, Token);

        Assert.Equal(DigestByPython, tree.Digest.Hex);
        Assert.Equal(5, tree.Bytes);
    }

    [Fact]
    public async Task Where_a_tree_lies_and_when_it_was_made_do_not_count()
    {
        using TestFolder here = new();
        using TestFolder there = new();
        MakeTree(here.Path);
        MakeTree(there.Path);
        File.SetLastWriteTimeUtc(there["bin/tool"], DateTime.UnixEpoch);

        Assert.Equal((await OutputTree.ReadAsync(here.Path, false, Token)).Digest, (await OutputTree.ReadAsync(there.Path, false, Token)).Digest);
    }

    [Theory]
    [InlineData("content")]
    [InlineData("mode")]
    [InlineData("link")]
    [InlineData("name")]
    [InlineData("empty folder")]
    public async Task Everything_else_counts(string change)
    {
        using TestFolder folder = new();
        MakeTree(folder.Path);
        Sha256 before = (await OutputTree.ReadAsync(folder.Path, false, Token)).Digest;

        Change(folder, change);

        Assert.NotEqual(before, (await OutputTree.ReadAsync(folder.Path, false, Token)).Digest);
    }

    [Fact]
    public async Task Holes_take_no_space_but_count_as_zeros()
    {
        using TestFolder sparse = new();
        using TestFolder full = new();
        await using (FileStream file = File.Create(sparse["disk"]))
            file.SetLength(8 << 20);
        await File.WriteAllBytesAsync(full["disk"], new byte[8 << 20], Token);

        OutputTree a = await OutputTree.ReadAsync(sparse.Path, false, Token);
        OutputTree b = await OutputTree.ReadAsync(full.Path, true, Token);

        Assert.Equal(a.Digest, b.Digest);
        Assert.True(a.Allocated < 1 << 20, $"{a.Allocated}");
        Assert.Equal(8 << 20, a.Bytes);
    }

    private static void MakeTree(string root)
    {
        const UnixFileMode executable = (UnixFileMode)0x1ed;
        Directory.CreateDirectory(Path.Combine(root, "bin"), executable);
        File.WriteAllText(Path.Combine(root, "bin/tool"), "hello");
        File.SetUnixFileMode(Path.Combine(root, "bin/tool"), executable);
        File.CreateSymbolicLink(Path.Combine(root, "link"), "bin/tool");
    }

    private static void Change(TestFolder folder, string change)
    {
        switch (change)
        {
            case "content":
                File.WriteAllText(folder["bin/tool"], "hallo");
                break;
            case "mode":
                File.SetUnixFileMode(folder["bin/tool"], (UnixFileMode)0x9ed);
                break;
            case "link":
                File.Delete(folder["link"]);
                File.CreateSymbolicLink(folder["link"], "bin");
                break;
            case "name":
                File.Move(folder["bin/tool"], folder["bin/tools"]);
                break;
            default:
                Directory.CreateDirectory(folder["empty"]);
                break;
        }
    }
}
