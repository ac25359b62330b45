using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Tests.Extents;

public sealed class SparseCopyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4096, 2)]
    [InlineData(1 << 20, 3)]
    [InlineData(12_345, 4)]
    public async Task The_copy_is_equal_and_zeros_are_not_written(long targetOffset, int seed)
    {
        using ScratchFolder folder = new();
        Random random = new(seed);
        byte[] content = new byte[(3 << 20) + 777];
        int filled = 0;
        for (int at = 0; at < content.Length; at += 4096)
        {
            if (random.Next(4) != 0)
                continue;
            Span<byte> block = content.AsSpan(at, Math.Min(4096, content.Length - at));
            random.NextBytes(block);
            filled += block.Length;
        }

        using RawFileSource source = RawFileSource.Open(folder.Write("source", content));
        await using FileStream target = new(folder["target"], FileMode.Create, FileAccess.ReadWrite);
        List<long> reached = [];
        long written = await SparseCopy.CopyAsync(source, target, targetOffset, reached.Add, Cancellation);

        byte[] result = new byte[target.Length];
        target.Position = 0;
        await target.ReadExactlyAsync(result, Cancellation);
        Assert.Equal(targetOffset + content.Length, result.Length);
        Assert.True(content.AsSpan().SequenceEqual(result.AsSpan((int)targetOffset)));
        Assert.False(result.AsSpan(0, (int)targetOffset).ContainsAnyExcept((byte)0));
        Assert.True(reached.Count > 3);
        Assert.Equal(reached.Order(), reached);
        Assert.Equal(content.Length, reached[^1]);

        // Off the 4 KiB grid a run of data may touch one more block at each end.
        Assert.InRange(written, filled, targetOffset % 4096 == 0 ? filled : 2.5 * filled);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Pieces_of_any_size_give_the_same_file_with_holes_where_it_is_zero(int seed)
    {
        using ScratchFolder folder = new();
        Random random = new(seed);
        byte[] content = new byte[(8 << 20) + random.Next(10_000)];
        random.NextBytes(content.AsSpan(3 << 20, 10_000));
        await using (FileStream target = new(folder["target"], FileMode.Create, FileAccess.Write, FileShare.Read, 0))
        {
            SparseWriter writer = new(target);
            for (int at = 0; at < content.Length;)
            {
                int size = Math.Min(random.Next(1, 200_000), content.Length - at);
                await writer.WriteAsync(content.AsMemory(at, size), Cancellation);
                at += size;
                Assert.Equal(at, writer.Position);
            }

            writer.Finish();
        }

        using RawFileSource found = RawFileSource.Open(folder["target"]);
        Assert.Equal(content, await File.ReadAllBytesAsync(folder["target"], Cancellation));

        // Ten thousand bytes touch three blocks, or four where a piece ends inside one.
        Assert.InRange(found.Extents().Where(e => e.Kind == ExtentKind.Data).Sum(e => e.Length), 1, 4 * 4096);
    }

    [Fact]
    public void Holes_of_a_sparse_file_are_seen()
    {
        using ScratchFolder folder = new();
        using (FileStream file = File.Create(folder["sparse"]))
        {
            file.SetLength(8 << 20);
            file.Position = 4 << 20;
            file.Write(new byte[4096]);
        }

        using RawFileSource source = RawFileSource.Open(folder["sparse"]);
        Extent[] extents = [.. source.Extents()];

        Assert.Equal(
            [new Extent(0, 4 << 20, ExtentKind.Hole), new Extent(4 << 20, 4096, ExtentKind.Data), new Extent((4 << 20) + 4096, (4 << 20) - 4096, ExtentKind.Hole)],
            extents);
        Assert.Equal([new Extent(1 << 20, 1 << 20, ExtentKind.Hole)], source.Extents(1 << 20, 1 << 20));
    }

    [Fact]
    public void A_window_shows_its_part_only()
    {
        byte[] content = [.. Enumerable.Range(0, 200).Select(value => (byte)value)];
        using IExtentSource whole = MemorySource.Of(content);
        using IExtentSource window = whole.Window(50, 100, "part");
        byte[] read = new byte[10];

        window.Read(90, read);

        Assert.Equal(content[140..150], read);
        Assert.Equal([new Extent(0, 100, ExtentKind.Data)], window.Extents());
        Assert.Throws<ArgumentOutOfRangeException>(() => window.Read(91, read));
        Assert.Throws<ArgumentOutOfRangeException>(() => whole.Window(150, 51, "too long"));
    }
}
