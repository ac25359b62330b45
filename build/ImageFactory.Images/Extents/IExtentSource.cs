using ImageFactory.Model;

namespace ImageFactory.Images.Extents;

/// <summary>
/// The bytes of a disk or of a part of one, with the knowledge which of them were never written.
/// Nothing is held in memory but what is read; a source may be read by several threads at once.
/// </summary>
public interface IExtentSource : IDisposable
{
    /// <summary>The file and, for a part, what part: the place that faults name.</summary>
    string Name { get; }

    /// <summary>The virtual size in bytes.</summary>
    long Length { get; }

    /// <summary>
    /// The ranges within <paramref name="offset"/> and <paramref name="length"/>, in order, without gaps, none empty, clipped to what was asked.
    /// Data may still turn out to be zeros; a hole reads as zeros for certain.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the source.</exception>
    /// <exception cref="FactoryException">The image's tables are wrong or cannot be read.</exception>
    IEnumerable<Extent> Extents(long offset, long length);

    /// <summary>Fills <paramref name="destination"/> completely from <paramref name="offset"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the source.</exception>
    /// <exception cref="FactoryException">The image's content is wrong or cannot be read.</exception>
    void Read(long offset, Span<byte> destination);
}
