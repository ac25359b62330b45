using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Pipeline.Platform;

/// <summary>
/// What the kernel knows of a file, links not followed. Read from <c>struct statx</c> (256 bytes, native byte order):
/// <code>
/// 28 u16 mode    32 u64 inode                   40 u64 size     48 u64 blocks of 512
/// 64 s64 atime   96 s64 ctime, u32 nanoseconds  112 s64 mtime   136 u64 device
/// </code>
/// </summary>
/// <param name="Used">The later of the last access and the last change of the bytes.</param>
internal readonly record struct FileStatus(
    FileKind Kind, int Mode, long Size, long Allocated, ulong Device, ulong Inode, long ChangedNanoseconds, DateTimeOffset Used)
{
    /// <returns>Null when there is nothing at the path.</returns>
    internal static FileStatus? Of(string path) => Read(Native.AtCurrentFolder, path, Native.AtNoFollow);

    internal static FileStatus? OfOpen(SafeFileHandle file) => Read((int)file.DangerousGetHandle(), "", Native.AtEmptyPath);

    private static FileStatus? Read(int folderOrFile, string path, int flags)
    {
        Span<byte> raw = stackalloc byte[Native.StatxSize];
        if (Native.Statx(folderOrFile, path, flags, Native.StatxBasic, raw) != 0)
            return null;

        int mode = MemoryMarshal.Read<ushort>(raw[28..]);
        FileKind kind = (mode & 0xf000) switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Folder,
            0xa000 => FileKind.Link,
            _ => FileKind.Special,
        };
        long accessed = MemoryMarshal.Read<long>(raw[64..]);
        long modified = MemoryMarshal.Read<long>(raw[112..]);
        return new FileStatus(
            kind,
            mode & 0xfff,
            MemoryMarshal.Read<long>(raw[40..]),
            MemoryMarshal.Read<long>(raw[48..]) * 512,
            MemoryMarshal.Read<ulong>(raw[136..]),
            MemoryMarshal.Read<ulong>(raw[32..]),
            (MemoryMarshal.Read<long>(raw[96..]) * 1_000_000_000) + MemoryMarshal.Read<uint>(raw[104..]),
            DateTimeOffset.FromUnixTimeSeconds(Math.Max(accessed, modified)));
    }
}
