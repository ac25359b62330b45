using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Tests.Extents;

public sealed class ExtentStreamTests
{
    [Fact]
    public void Holes_and_data_are_read_as_the_file_has_them_from_anywhere()
    {
        using ScratchFolder folder = new();
        byte[] content = new byte[5_000_000];
        using (FileStream file = File.Create(folder["disk"]))
        {
            file.SetLength(content.Length);
            foreach (int at in (int[])[0, 70_000, 2_000_000, 4_990_000])
            {
                new Random(at).NextBytes(content.AsSpan(at, 9_000));
                file.Position = at;
                file.Write(content, at, 9_000);
            }
        }

        using RawFileSource source = RawFileSource.Open(folder["disk"]);
        using Stream stream = source.AsStream();
        byte[] all = new byte[content.Length];
        Array.Fill(all, (byte)1);
        stream.ReadExactly(all);
        Assert.True(content.AsSpan().SequenceEqual(all));
        Assert.Equal(0, stream.Read(all, 0, 1));

        Random random = new(7);
        for (int i = 0; i < 500; i++)
        {
            int from = random.Next(content.Length);
            int count = random.Next(Math.Min(200_000, content.Length - from) + 1);
            byte[] piece = new byte[count];
            Array.Fill(piece, (byte)1);
            stream.Position = from;
            stream.ReadExactly(piece);
            Assert.True(content.AsSpan(from, count).SequenceEqual(piece), $"{count} bytes from {from}");
        }
    }
}
