using System.Buffers.Binary;
using System.Numerics;
using ImageFactory.Measurement.EventLogs;
using ImageFactory.Measurement.Events;
using ImageFactory.Model;

namespace ImageFactory.Measurement.BootCheck.Tpm;

/// <summary>
/// Reads the PCRs of a TPM 2.0 with TPM2_PCR_Read (TCG TPM 2.0 Library, part 3, section 22.4), all numbers big-endian.
/// <code>
/// command   u16 0x8001, u32 size, u32 0x0000017e, u32 1, u16 algorithm, u8 3, 3 bytes: bit n of byte n / 8 selects PCR n
/// answer    u16 0x8001, u32 size, u32 result, u32 counter, u32 n, n times { u16 algorithm, u8 size, bits },
///           u32 m, m times { u16 size, digest }
/// </code>
/// A TPM answers with at most eight registers, and says which.
/// </summary>
internal static class TpmRegisters
{
    public const int Count = 24;

    private const ushort NoSessions = 0x8001;
    private const uint PcrRead = 0x17e;
    private const int LongestAnswer = 4096;

    /// <returns>Lower-case hex by number; empty when the TPM has no such bank.</returns>
    public static async Task<IReadOnlyDictionary<int, string>> ReadAsync(Stream tpm, Bank bank, CancellationToken cancellation)
    {
        ushort algorithm = (ushort)TcgAlgorithms.Of(bank);
        SortedDictionary<int, string> registers = [];
        uint wanted = (1u << Count) - 1;
        while (wanted != 0)
        {
            byte[] command = new byte[20];
            BinaryPrimitives.WriteUInt16BigEndian(command, NoSessions);
            BinaryPrimitives.WriteUInt32BigEndian(command.AsSpan(2), (uint)command.Length);
            BinaryPrimitives.WriteUInt32BigEndian(command.AsSpan(6), PcrRead);
            BinaryPrimitives.WriteUInt32BigEndian(command.AsSpan(10), 1);
            BinaryPrimitives.WriteUInt16BigEndian(command.AsSpan(14), algorithm);
            command[16] = 3;
            command[17] = (byte)wanted;
            command[18] = (byte)(wanted >> 8);
            command[19] = (byte)(wanted >> 16);

            uint given = Take(await CallAsync(tpm, command, cancellation).ConfigureAwait(false), algorithm, bank, registers);
            if (given == 0)
                break;
            if ((given & ~wanted) != 0)
                throw new FactoryException(TpmFaults.BadAnswer("it gives registers that were not asked for"));
            wanted &= ~given;
        }

        return registers;
    }

    private static async Task<byte[]> CallAsync(Stream tpm, byte[] command, CancellationToken cancellation)
    {
        try
        {
            await tpm.WriteAsync(command, cancellation).ConfigureAwait(false);
            byte[] header = new byte[10];
            await tpm.ReadExactlyAsync(header, cancellation).ConfigureAwait(false);
            uint size = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(2));
            uint result = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(6));
            if (result != 0)
                throw new FactoryException(TpmFaults.Refused("TPM2_PCR_Read", result));
            if (size is < 10 or > LongestAnswer)
                throw new FactoryException(TpmFaults.BadAnswer($"an answer of {size} bytes"));
            byte[] body = new byte[size - 10];
            await tpm.ReadExactlyAsync(body, cancellation).ConfigureAwait(false);
            return body;
        }
        catch (IOException e)
        {
            throw new FactoryException(TpmFaults.BadAnswer(e.Message), e);
        }
    }

    /// <returns>The registers of the answer as bits.</returns>
    private static uint Take(byte[] body, ushort algorithm, Bank bank, SortedDictionary<int, string> registers)
    {
        int at = 4;
        uint given = 0;
        for (uint left = UInt32(); left > 0; left--)
        {
            ushort of = UInt16();
            ReadOnlySpan<byte> bits = Bytes(Bytes(1)[0]);
            for (int index = 0; of == algorithm && index < bits.Length && index < 4; index++)
                given |= (uint)bits[index] << (8 * index);
        }

        uint digests = UInt32();
        if (digests != BitOperations.PopCount(given))
            throw Short();
        for (int pcr = 0; pcr < 32; pcr++)
        {
            if ((given >> pcr & 1) == 0)
                continue;
            ReadOnlySpan<byte> digest = Bytes(UInt16());
            if (digest.Length != bank.Size())
                throw new FactoryException(TpmFaults.BadAnswer($"register {pcr} has {digest.Length} bytes"));
            registers[pcr] = Convert.ToHexStringLower(digest);
        }

        return given;

        uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Bytes(4));

        ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Bytes(2));

        ReadOnlySpan<byte> Bytes(int count)
        {
            if (count > body.Length - at)
                throw Short();
            at += count;
            return body.AsSpan(at - count, count);
        }

        static FactoryException Short() => new(TpmFaults.BadAnswer("its list of registers does not fit its digests"));
    }
}
