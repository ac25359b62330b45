using System.Runtime.InteropServices;

namespace ImageFactory.Images.Compression;

/// <summary>The part of liblzma.so.5 that decompresses (lzma/base.h, lzma/container.h).</summary>
internal static partial class LibLzma
{
    public const string Library = "liblzma.so.5";
    public const string Package = "liblzma5";

    public const int Ok = 0;
    public const int StreamEnd = 1;
    public const int MemoryLimit = 6;
    public const int BufferError = 10;

    public const int Run = 0;
    public const int Finish = 3;

    /// <summary>LZMA_CONCATENATED: several streams one after another are one file.</summary>
    public const uint Concatenated = 8;

    [LibraryImport(Library)]
    public static partial int lzma_stream_decoder(ref Stream stream, ulong memoryLimit, uint flags);

    [LibraryImport(Library)]
    public static partial int lzma_code(ref Stream stream, int action);

    [LibraryImport(Library)]
    public static partial void lzma_end(ref Stream stream);

    /// <summary>lzma_stream; all zero is its initial value.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Stream
    {
        public nint NextIn;
        public nuint AvailableIn;
        public ulong TotalIn;
        public nint NextOut;
        public nuint AvailableOut;
        public ulong TotalOut;
        public nint Allocator;
        public nint Internal;
        public nint Reserved1;
        public nint Reserved2;
        public nint Reserved3;
        public nint Reserved4;
        public ulong SeekPosition;
        public ulong Reserved5;
        public nuint Reserved6;
        public nuint Reserved7;
        public int Reserved8;
        public int Reserved9;
    }
}
