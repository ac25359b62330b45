using System.Runtime.InteropServices;
using System.Text;

namespace ImageFactory.Assembly.Payload;

/// <summary>
/// What Linux knows about a file and the base library does not tell: owner, link count, type. Read by statx(2), whose structure is the
/// same on all machines:
/// <code>
/// 16 u32 links           20 u32 uid            24 u32 gid            28 u16 mode    32 u64 inode    40 u64 size
/// 112 s64 modified at    128 u32 node major    132 u32 node minor    136 u32 device major           140 u32 device minor
/// </code>
/// </summary>
/// <param name="ModifiedAt">Seconds since 1970.</param>
/// <param name="NodeMajor">Of a device node: what it leads to.</param>
/// <param name="DeviceMajor">Of the device that the file lies on.</param>
internal sealed record HostFile(
    uint Links, uint Uid, uint Gid, int Mode, ulong Inode, long Size, long ModifiedAt, uint NodeMajor, uint NodeMinor, uint DeviceMajor, uint DeviceMinor)
{
    private const int AtWorkingDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStats = 0x7ff;
    private const int StructureSize = 256;

    /// <summary>S_IFMT and its values.</summary>
    private const int TypeMask = 0xf000;
    private const int SocketType = 0xc000;
    private const int LinkType = 0xa000;
    private const int FileType = 0x8000;
    private const int BlockType = 0x6000;
    private const int DirectoryType = 0x4000;
    private const int CharacterType = 0x2000;
    private const int FifoType = 0x1000;

    public bool IsSocket => (Mode & TypeMask) == SocketType;

    public bool IsLink => (Mode & TypeMask) == LinkType;

    public bool IsFile => (Mode & TypeMask) == FileType;

    public bool IsDirectory => (Mode & TypeMask) == DirectoryType;

    public bool IsDevice => IsBlockDevice || (Mode & TypeMask) == CharacterType;

    public bool IsBlockDevice => (Mode & TypeMask) == BlockType;

    public bool IsFifo => (Mode & TypeMask) == FifoType;

    /// <exception cref="IOException">There is no such file, or it may not be looked at.</exception>
    public static HostFile Read(string path)
    {
        byte[] stat = new byte[StructureSize];
        if (Statx(AtWorkingDirectory, Encoding.UTF8.GetBytes(path + '\0'), NoFollow, BasicStats, stat) != 0)
            throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
        return new HostFile(
            BitConverter.ToUInt32(stat, 16),
            BitConverter.ToUInt32(stat, 20),
            BitConverter.ToUInt32(stat, 24),
            BitConverter.ToUInt16(stat, 28),
            BitConverter.ToUInt64(stat, 32),
            BitConverter.ToInt64(stat, 40),
            BitConverter.ToInt64(stat, 112),
            BitConverter.ToUInt32(stat, 128),
            BitConverter.ToUInt32(stat, 132),
            BitConverter.ToUInt32(stat, 136),
            BitConverter.ToUInt32(stat, 140));
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int directory, byte[] path, int flags, uint mask, byte[] stat);
}
