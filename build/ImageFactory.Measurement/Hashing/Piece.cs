using ImageFactory.Images.Extents;

namespace ImageFactory.Measurement.Hashing;

/// <summary>A run of bytes that is hashed: from a source, or made up.</summary>
/// <param name="Source">Null for bytes that no file holds.</param>
/// <param name="Offset">First byte within the source.</param>
/// <param name="Length">Number of bytes.</param>
/// <param name="Literal">The bytes, when they are made up; null for zeros.</param>
internal sealed record Piece(IExtentSource? Source, long Offset, long Length, ReadOnlyMemory<byte>? Literal)
{
    public static Piece Of(IExtentSource source, long offset, long length) => new(source, offset, length, null);

    public static Piece Of(ReadOnlyMemory<byte> bytes) => new(null, 0, bytes.Length, bytes);

    public static Piece Zeros(long length) => new(null, 0, length, null);

    public static long LengthOf(IEnumerable<Piece> pieces) => pieces.Sum(p => p.Length);
}
