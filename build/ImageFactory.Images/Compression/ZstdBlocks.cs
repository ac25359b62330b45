using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace ImageFactory.Images.Compression;

/// <summary>Decompresses single zstd frames of known content size, from several threads; contexts are kept for the next frame.</summary>
internal sealed class ZstdBlocks : IDisposable
{
    private readonly ConcurrentBag<nint> idle = [];

    /// <summary>Decompresses the first frame of the source. True when it fills the target exactly; what follows the frame is not looked at.</summary>
    public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (source.IsEmpty || target.IsEmpty)
            return false;
        if (!idle.TryTake(out nint context))
            context = NativeCode.Call(LibZstd.Library, LibZstd.Package, LibZstd.ZSTD_createDCtx);
        try
        {
            ref readonly byte from = ref MemoryMarshal.GetReference(source);
            nuint frame = LibZstd.ZSTD_findFrameCompressedSize(in from, (nuint)source.Length);
            if (LibZstd.ZSTD_isError(frame) != 0)
                return false;
            nuint produced = LibZstd.ZSTD_decompressDCtx(context, ref MemoryMarshal.GetReference(target), (nuint)target.Length, in from, frame);
            return LibZstd.ZSTD_isError(produced) == 0 && produced == (nuint)target.Length;
        }
        finally
        {
            idle.Add(context);
        }
    }

    public void Dispose()
    {
        while (idle.TryTake(out nint context))
            _ = LibZstd.ZSTD_freeDCtx(context);
    }
}
