using System.Buffers.Binary;
using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.SecureExecution.Writing;

/// <summary>Tests whether a kernel can start under Secure Execution, and how long a command line it takes.</summary>
/// <remarks>
/// Raw s390x kernel (SE format, section 5.3):
/// <code>
/// off    size  field
/// 10008     6  "S390EP"
/// 10430     8  maximum size of the command line with its NUL, big-endian; 0 in old kernels means 896
/// </code>
/// </remarks>
internal static class KernelCheck
{
    private const int NameOffset = 0x10008;
    private const int CommandLineSizeOffset = 0x10430;
    private const int HeadSize = CommandLineSizeOffset + 8;
    private const long OldCommandLineSize = 896;

    public static void Run(string kernelName, ComponentReader kernel, (string Name, long Size)? commandLine, List<Fault> faults)
    {
        byte[] head = new byte[HeadSize];
        int length = kernel.Read(0, head);
        if (FindFault(kernelName, head.AsSpan(0, length)) is { } fault)
        {
            faults.Add(fault);
            return;
        }

        ulong stated = BinaryPrimitives.ReadUInt64BigEndian(head.AsSpan(CommandLineSizeOffset));
        long maximum = stated == 0 ? OldCommandLineSize : (long)Math.Min(stated, long.MaxValue);
        if (commandLine is { } line && line.Size > maximum)
            faults.Add(WriterFaults.CommandLineTooLong(line.Name, line.Size, maximum, stated == 0));
    }

    private static Fault? FindFault(string name, ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty)
            return WriterFaults.EmptyKernel(name);
        if (head.StartsWith("\u007fELF"u8))
            return WriterFaults.ElfKernel(name);
        if (CompressedFormat(head) is { } format)
            return WriterFaults.CompressedKernel(name, format);
        if (head.Length < HeadSize)
            return WriterFaults.NotAKernel(name, string.Create(CultureInfo.InvariantCulture, $"it has only {head.Length} bytes, a kernel has more than {HeadSize}"));
        return head.Slice(NameOffset, 6).SequenceEqual("S390EP"u8)
            ? null
            : WriterFaults.NotAKernel(name, "the letters S390EP are missing at 0x10008");
    }

    private static string? CompressedFormat(ReadOnlySpan<byte> head) =>
        head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? "compressed (gzip)"
        : head.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A]) ? "compressed (xz)"
        : head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]) ? "compressed (zstd)"
        : head.StartsWith("MZ"u8) ? "a PE file (a kernel of another machine, or a UKI)"
        : null;
}
