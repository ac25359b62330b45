namespace ImageFactory.Images.Tests;

internal static class Vectors
{
    public static string PathOf(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "Vectors", .. parts]);

    public static byte[] Bytes(params string[] parts) => File.ReadAllBytes(PathOf(parts));
}
