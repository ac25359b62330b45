using ImageFactory.Model;

namespace ImageFactory.Images.Compression;

/// <summary>Decompresses xz with the system's liblzma: any number of streams, integrity checked.</summary>
/// <remarks>
/// Reading throws <see cref="FactoryException"/>: IFI602 when the data is damaged or wants more than 256 MiB of memory, IFI603 when it ends too early.
/// </remarks>
public sealed class XzDecompressionStream : DecompressionStream
{
    private const ulong MemoryLimit = 256 << 20;

    private LibLzma.Stream stream;

    /// <exception cref="FactoryException">IFI601: liblzma is not installed.</exception>
    public XzDecompressionStream(Stream source, bool leaveOpen = false)
        : base(source, leaveOpen)
    {
        int result = NativeCode.Call(LibLzma.Library, LibLzma.Package, () => LibLzma.lzma_stream_decoder(ref stream, MemoryLimit, LibLzma.Concatenated));
        if (result != LibLzma.Ok)
            throw new InvalidOperationException($"liblzma could not make a decoder: {result}");
    }

    private protected override unsafe Progress Decompress(ReadOnlySpan<byte> compressed, bool last, Span<byte> output)
    {
        fixed (byte* from = compressed, to = output)
        {
            stream.NextIn = (nint)from;
            stream.AvailableIn = (nuint)compressed.Length;
            stream.NextOut = (nint)to;
            stream.AvailableOut = (nuint)output.Length;
            int result = LibLzma.lzma_code(ref stream, last ? LibLzma.Finish : LibLzma.Run);
            int consumed = compressed.Length - (int)stream.AvailableIn;
            int produced = output.Length - (int)stream.AvailableOut;
            return result switch
            {
                LibLzma.Ok => new Progress(consumed, produced, Ended: false),
                LibLzma.StreamEnd => new Progress(consumed, produced, Ended: true),
                // No progress possible: more input is wanted, and at the end there is none.
                LibLzma.BufferError when !last => new Progress(consumed, produced, Ended: false),
                LibLzma.BufferError => throw CompressionFaults.Truncated("xz").Raise(),
                LibLzma.MemoryLimit => throw CompressionFaults.Corrupt("xz", $"it needs more than {MemoryLimit >> 20} MiB of memory").Raise(),
                _ => throw CompressionFaults.Corrupt("xz", $"liblzma says {result}").Raise(),
            };
        }
    }

    private protected override void Release() => LibLzma.lzma_end(ref stream);
}
