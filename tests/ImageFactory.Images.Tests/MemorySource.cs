using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Tests;

/// <summary>Bytes in memory as a source, for readers under test.</summary>
internal static class MemorySource
{
    public static IExtentSource Of(byte[] bytes, string name = "memory") => new StreamSource(new MemoryStream(bytes, writable: false), name);
}
