namespace ImageFactory.Images.Pe;

/// <summary>
/// One entry of the section table (40 bytes, little-endian).
/// <code>
///   0  8  name, filled with NUL
///   8  4  virtual size: bytes in memory
///  12  4  virtual address
///  16  4  size of raw data: bytes in the file, a multiple of the file alignment
///  20  4  pointer to raw data
///  24 12  relocations and line numbers, zero in images
///  36  4  characteristics
/// </code>
/// </summary>
public sealed record PeSection(string Name, uint VirtualSize, uint VirtualAddress, uint RawSize, uint RawOffset, uint Characteristics)
{
    internal const int HeaderSize = 40;
}
