namespace ImageFactory.Publishing.Tests.Support;

/// <summary>Disks to publish: sparse files with pieces of noise, the same for the same seed.</summary>
internal static class SparseDisk
{
    public static string Make(string path, long size, int pieces, int seed)
    {
        using FileStream file = File.Create(path);
        file.SetLength(size);
        Random random = new(seed);
        for (int i = 0; i < pieces; i++)
        {
            byte[] noise = new byte[Math.Min(70_000, size)];
            random.NextBytes(noise);
            file.Position = i == pieces - 1 ? size - noise.Length : random.NextInt64(size - noise.Length + 1);
            file.Write(noise);
        }

        return path;
    }

    public static string MakeFull(string path, int size, int seed)
    {
        byte[] noise = new byte[size];
        new Random(seed).NextBytes(noise);
        File.WriteAllBytes(path, noise);
        return path;
    }
}
