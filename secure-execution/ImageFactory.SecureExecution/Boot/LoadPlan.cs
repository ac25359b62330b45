using System.Buffers.Binary;

namespace ImageFactory.SecureExecution.Boot;

/// <summary>Where the boot loader puts kernel, command line, initrd and environment block, and how stage 3 is told.</summary>
/// <remarks>
/// Stage 3 parameters: ten big-endian 8-byte numbers (s390x disk, section 2.5): command line address (all ones: none), initrd
/// address, initrd length, PSW to start, 0, flags, image length, image address, environment block address and length.
/// </remarks>
internal sealed record LoadPlan(long ImageSize, long? CommandLineAddress, long? RamdiskAddress, long RamdiskSize, long EnvironmentAddress, int EnvironmentSize)
{
    public const long ImageAddress = 0x10000;
    public const int ParametersSize = 80;

    private const long CommandLineSpace = 0x10000;
    private const long RamdiskAlignment = 0x10000;
    private const long Alignment = 4096;
    private const ulong StartPsw = 0x0008_0000_8001_0000;
    private const ulong ScsiFlag = 0x0001_0000_0000_0000;

    /// <summary>Each part at the lowest free address behind the kernel, in the order command line, initrd, environment (section 2.6).</summary>
    public static LoadPlan For(long imageSize, bool hasCommandLine, long? ramdiskSize, int environmentSize)
    {
        List<(long Start, long End)> taken = [(0, ImageAddress + Up(imageSize, Alignment))];
        long? commandLine = hasCommandLine ? Place(taken, CommandLineSpace, Alignment) : null;
        long? ramdisk = ramdiskSize is { } size ? Place(taken, size, RamdiskAlignment) : null;
        long environment = Place(taken, environmentSize, Alignment);
        return new LoadPlan(imageSize, commandLine, ramdisk, ramdiskSize ?? 0, environment, environmentSize);
    }

    /// <summary>First address that nothing uses.</summary>
    public long End => Math.Max(EnvironmentAddress + EnvironmentSize, (RamdiskAddress ?? 0) + RamdiskSize);

    public byte[] ToParameters()
    {
        byte[] bytes = new byte[ParametersSize];
        Span<byte> span = bytes;
        BinaryPrimitives.WriteInt64BigEndian(span, CommandLineAddress ?? -1);
        BinaryPrimitives.WriteInt64BigEndian(span[8..], RamdiskAddress ?? 0);
        BinaryPrimitives.WriteInt64BigEndian(span[16..], RamdiskSize);
        BinaryPrimitives.WriteUInt64BigEndian(span[24..], StartPsw);
        BinaryPrimitives.WriteUInt64BigEndian(span[40..], ScsiFlag);
        BinaryPrimitives.WriteInt64BigEndian(span[48..], ImageSize);
        BinaryPrimitives.WriteInt64BigEndian(span[56..], ImageAddress);
        BinaryPrimitives.WriteInt64BigEndian(span[64..], EnvironmentAddress);
        BinaryPrimitives.WriteInt64BigEndian(span[72..], EnvironmentSize);
        return bytes;
    }

    private static long Place(List<(long Start, long End)> taken, long size, long alignment)
    {
        long address = ImageAddress;
        foreach ((long start, long end) in taken.Order())
        {
            if (address + Up(size, Alignment) <= start)
                break;
            address = Math.Max(address, Up(end, alignment));
        }

        taken.Add((address, address + Up(size, Alignment)));
        return address;
    }

    private static long Up(long value, long multiple) => (value + multiple - 1) / multiple * multiple;
}
