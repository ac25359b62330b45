using System.Runtime.InteropServices;
using ImageFactory.Model;

namespace ImageFactory.Images.Compression;

/// <summary>Decompresses zstd (RFC 8878) with the system's libzstd: any number of frames, skippable ones included.</summary>
/// <remarks>
/// Reading throws <see cref="FactoryException"/>: IFI602 when the data is damaged or wants a window over 128 MiB, IFI603 when it ends too early.
/// </remarks>
public sealed class ZstdDecompressionStream : DecompressionStream
{
    /// <summary>Memory stays bounded: 128 MiB is what the zstd program takes without asking.</summary>
    private const int WindowLogMax = 100; // ZSTD_d_windowLogMax
    private const int WindowLog = 27;

    private nint context;
    private bool betweenFrames = true;

    /// <exception cref="FactoryException">IFI601: libzstd is not installed.</exception>
    public ZstdDecompressionStream(Stream source, bool leaveOpen = false)
        : base(source, leaveOpen)
    {
        context = NativeCode.Call(LibZstd.Library, LibZstd.Package, LibZstd.ZSTD_createDStream);
        if (context == 0)
            throw new InvalidOperationException("libzstd could not make a decompression stream: no memory");
        _ = LibZstd.ZSTD_DCtx_setParameter(context, WindowLogMax, WindowLog);
    }

    private protected override unsafe Progress Decompress(ReadOnlySpan<byte> compressed, bool last, Span<byte> output)
    {
        if (compressed.IsEmpty && last && betweenFrames)
            return new Progress(0, 0, Ended: true);
        fixed (byte* from = compressed, to = output)
        {
            LibZstd.Buffer inBuffer = new() { Data = (nint)from, Size = (nuint)compressed.Length };
            LibZstd.Buffer outBuffer = new() { Data = (nint)to, Size = (nuint)output.Length };
            nuint result = LibZstd.ZSTD_decompressStream(context, ref outBuffer, ref inBuffer);
            if (LibZstd.ZSTD_isError(result) != 0)
                throw CompressionFaults.Corrupt("zstd", Marshal.PtrToStringUTF8(LibZstd.ZSTD_getErrorName(result)) ?? "unknown error").Raise();
            betweenFrames = result == 0;
            if (compressed.IsEmpty && last && outBuffer.Position == 0 && !betweenFrames)
                throw CompressionFaults.Truncated("zstd").Raise();
            return new Progress((int)inBuffer.Position, (int)outBuffer.Position, Ended: false);
        }
    }

    private protected override void Release()
    {
        _ = LibZstd.ZSTD_freeDStream(context);
        context = 0;
    }
}
