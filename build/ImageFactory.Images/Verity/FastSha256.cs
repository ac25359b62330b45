using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ImageFactory.Images.Verity;

/// <summary>
/// SHA-256 of two pieces one after the other. Uses libcrypto's plain functions when they are there: a digest of 4 KiB takes
/// 2.6 microseconds that way and 3.3 through the base library, which looks the algorithm up and makes a context each time.
/// </summary>
internal static unsafe class FastSha256
{
    private const string Library = "libcrypto.so.3";
    private const int ContextSize = 256; // SHA256_CTX has 112 bytes

    private static readonly delegate* unmanaged<byte*, int> Init;
    private static readonly delegate* unmanaged<byte*, byte*, nuint, int> Update;
    private static readonly delegate* unmanaged<byte*, byte*, int> Final;

#pragma warning disable CA1810 // Three functions of one library: all or none.
    static FastSha256()
    {
        if (NativeLibrary.TryLoad(Library, out nint library)
            && NativeLibrary.TryGetExport(library, "SHA256_Init", out nint init)
            && NativeLibrary.TryGetExport(library, "SHA256_Update", out nint update)
            && NativeLibrary.TryGetExport(library, "SHA256_Final", out nint final))
        {
            Init = (delegate* unmanaged<byte*, int>)init;
            Update = (delegate* unmanaged<byte*, byte*, nuint, int>)update;
            Final = (delegate* unmanaged<byte*, byte*, int>)final;
        }
    }
#pragma warning restore CA1810

    public static bool IsAvailable => Final is not null;

    public static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> digest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(digest.Length, SHA256.HashSizeInBytes, nameof(digest));
        byte* context = stackalloc byte[ContextSize];
        fixed (byte* a = first, b = second, result = digest)
        {
            if (Init(context) != 1 || Update(context, a, (nuint)first.Length) != 1 || Update(context, b, (nuint)second.Length) != 1 || Final(result, context) != 1)
                throw new CryptographicException("libcrypto could not compute a SHA-256 digest");
        }
    }
}
