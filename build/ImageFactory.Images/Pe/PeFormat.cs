namespace ImageFactory.Images.Pe;

/// <summary>
/// Offsets in the headers of a PE file (Microsoft's PE format specification); little-endian. <c>pe</c> is the value at 0x3c,
/// <c>opt</c> = pe + 24.
/// <code>
/// pe +  0  4  "PE\0\0"                    opt +  0  2  magic: 0x10b PE32, 0x20b PE32+
/// pe +  4  2  machine                     opt +  4  4  size of code
/// pe +  6  2  number of sections          opt +  8  4  size of initialised data
/// pe + 12  4  pointer to symbol table     opt + 32  4  section alignment
/// pe + 16  4  number of symbols           opt + 36  4  file alignment
/// pe + 20  2  size of optional header     opt + 56  4  size of image
/// pe + 22  2  characteristics             opt + 60  4  size of headers
///                                         opt + 64  4  checksum
///                                         opt + 70  2  DLL characteristics
///                                         opt + 92 / 108  4  number of data directories (PE32 / PE32+)
///                                         opt + 96 / 112     data directories, 8 bytes each; index 4 is the
///                                                            certificate table: file offset, size
/// </code>
/// </summary>
internal static class PeFormat
{
    public const int PointerToPe = 0x3c;
    public const int NumberOfSections = 6;
    public const int PointerToSymbols = 12;
    public const int NumberOfSymbols = 16;
    public const int OptionalSize = 20;
    public const int Characteristics = 22;
    public const int Optional = 24;

    public const int SizeOfCode = 4;
    public const int SizeOfInitializedData = 8;
    public const int SectionAlignment = 32;
    public const int FileAlignment = 36;
    public const int SizeOfImage = 56;
    public const int SizeOfHeaders = 60;
    public const int CheckSum = 64;
    public const int DllCharacteristics = 70;

    public const int CertificateDirectory = 4;
    public const int DirectorySize = 8;

    public const ushort Pe32 = 0x10b;
    public const ushort Pe32Plus = 0x20b;

    /// <summary>What Windows' loader allows; EDK2 allows more, but no honest file has them.</summary>
    public const int MaximumSections = 96;

    public const uint ContainsCode = 0x20;
    public const uint ContainsInitializedData = 0x40;
    public const uint Readable = 0x4000_0000;

    public const ushort LocalSymbolsStripped = 0x8;
    public const ushort NxCompatible = 0x100;

    public const int SymbolSize = 18;

    public static ReadOnlySpan<byte> Signature => "PE\0\0"u8;

    public static int DirectoryCountOffset(ushort magic) => magic == Pe32Plus ? 108 : 92;
}
