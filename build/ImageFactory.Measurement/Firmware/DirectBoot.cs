using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Measurement.Firmware;

/// <summary>Kernel, initrd and command line that a host gives to QEMU; their digests become part of the launch digest.</summary>
/// <param name="Kernel">SHA-256 of the kernel file.</param>
/// <param name="Initrd">SHA-256 of the initrd; of nothing when there is none.</param>
/// <param name="CommandLine">Without a terminating NUL.</param>
public sealed record DirectBoot(ReadOnlyMemory<byte> Kernel, ReadOnlyMemory<byte> Initrd, string CommandLine)
{
    private const int EntrySize = 50;
    private const int TableSize = 18 + (3 * EntrySize);

    private static readonly Guid Table = new("9438d606-4f22-4cc9-b479-a793d411fd21");
    private static readonly Guid CommandLineEntry = new("97d02dd8-bd20-4c94-aa78-e7714d36ab2a");
    private static readonly Guid InitrdEntry = new("44baf731-3a2f-4bd7-9af1-41e29169781d");
    private static readonly Guid KernelEntry = new("4de79437-abd2-427f-b835-d5b172d2045b");

    /// <exception cref="FactoryException">IFM353: a file cannot be read. All at once.</exception>
    public static DirectBoot Read(DirectBootSettings files)
    {
        List<Fault> faults = [];
        DirectBoot boot = new(DigestOf(files.Kernel), files.Initrd is { } initrd ? DigestOf(initrd) : SHA256.HashData([]), files.CommandLine);
        FactoryException.ThrowIfAny(faults);
        return boot;

        ReadOnlyMemory<byte> DigestOf(SourcePath file)
        {
            try
            {
                using FileStream stream = File.OpenRead(file.FullPath);
                return SHA256.HashData(stream);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                faults.Add(FirmwareFaults.CannotReadDirect(file.Text, e.Message));
                return default;
            }
        }
    }

    /// <summary>The page with the table of digests, as QEMU puts it into the guest.</summary>
    internal byte[] Page(int offset)
    {
        byte[] page = new byte[4096];
        Span<byte> table = page.AsSpan(offset);
        Table.TryWriteBytes(table, bigEndian: false, out _);
        BinaryPrimitives.WriteUInt16LittleEndian(table[16..], TableSize);
        Write(table[18..], CommandLineEntry, SHA256.HashData(Encoding.UTF8.GetBytes(CommandLine + '\0')));
        Write(table[(18 + EntrySize)..], InitrdEntry, Initrd.Span);
        Write(table[(18 + (2 * EntrySize))..], KernelEntry, Kernel.Span);
        return page;
    }

    /// <summary>Bytes of the table, filled to a multiple of 16.</summary>
    internal static int PaddedSize => (TableSize + 15) & ~15;

    private static void Write(Span<byte> entry, Guid id, ReadOnlySpan<byte> digest)
    {
        id.TryWriteBytes(entry, bigEndian: false, out _);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[16..], EntrySize);
        digest.CopyTo(entry[18..]);
    }
}
