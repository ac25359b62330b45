using System.Buffers.Binary;

namespace ImageFactory.SecureExecution.Format;

/// <summary>The last 64 bytes of stage3b: what it moves where before it starts Linux.</summary>
/// <remarks>
/// Big-endian; address and size are 0 for a part that the image does not have (SE format, section 7):
/// <code>
/// off  size  field
///  00    16  kernel: address in the image, original size
///  10    16  command line, with its NUL
///  20    16  ramdisk
///  30    16  PSW of Linux: mask 0x0000000180000000, address 0x10000
/// </code>
/// </remarks>
internal readonly record struct Stage3bArguments(StagePart Kernel, StagePart CommandLine, StagePart Ramdisk)
{
    public const int Size = 64;

    public static Stage3bArguments Read(ReadOnlySpan<byte> stage3b)
    {
        ReadOnlySpan<byte> arguments = stage3b[^Size..];
        return new Stage3bArguments(StagePart.Read(arguments), StagePart.Read(arguments[0x10..]), StagePart.Read(arguments[0x20..]));
    }

    public void Write(Span<byte> stage3b)
    {
        Span<byte> arguments = stage3b[^Size..];
        Kernel.Write(arguments);
        CommandLine.Write(arguments[0x10..]);
        Ramdisk.Write(arguments[0x20..]);
        BinaryPrimitives.WriteUInt64BigEndian(arguments[0x30..], ImageFormat.LinuxPswMask);
        BinaryPrimitives.WriteUInt64BigEndian(arguments[0x38..], ImageFormat.LinuxEntry);
    }
}

/// <summary>A part of the image as stage3b is told about it: bytes, not pages.</summary>
internal readonly record struct StagePart(long Address, long Size)
{
    public static StagePart Read(ReadOnlySpan<byte> data) =>
        new(BinaryPrimitives.ReadInt64BigEndian(data), BinaryPrimitives.ReadInt64BigEndian(data[8..]));

    public void Write(Span<byte> data)
    {
        BinaryPrimitives.WriteInt64BigEndian(data, Address);
        BinaryPrimitives.WriteInt64BigEndian(data[8..], Size);
    }
}
