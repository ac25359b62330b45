using System.Runtime.InteropServices;

namespace ImageFactory.Images.Compression;

/// <summary>The part of libzstd.so.1 that decompresses (zstd.h, stable API of 1.4 and later).</summary>
internal static partial class LibZstd
{
    public const string Library = "libzstd.so.1";
    public const string Package = "libzstd1";

    [LibraryImport(Library)]
    public static partial nint ZSTD_createDStream();

    [LibraryImport(Library)]
    public static partial nuint ZSTD_freeDStream(nint stream);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_decompressStream(nint stream, ref Buffer output, ref Buffer input);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_DCtx_setParameter(nint stream, int parameter, int value);

    [LibraryImport(Library)]
    public static partial nint ZSTD_createDCtx();

    [LibraryImport(Library)]
    public static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_findFrameCompressedSize(ref readonly byte source, nuint size);

    [LibraryImport(Library)]
    public static partial nuint ZSTD_decompressDCtx(nint context, ref byte target, nuint capacity, ref readonly byte source, nuint size);

    [LibraryImport(Library)]
    public static partial uint ZSTD_isError(nuint code);

    [LibraryImport(Library)]
    public static partial nint ZSTD_getErrorName(nuint code);

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public nint Data;
        public nuint Size;
        public nuint Position;
    }
}
