namespace ImageFactory.SecureExecution.Tests.Fuzzing;

/// <summary>Damages good bytes in ways that find bounds: bits, extreme bytes, lengths, pieces copied, cut or doubled. The seed decides all.</summary>
internal sealed class Mutations(int seed)
{
    private static readonly byte[] Extremes = [0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFE, 0xFF];

    private readonly Random random = new(seed);

    /// <summary>Changes bytes in place within a window and returns what undoes it.</summary>
    public List<(int At, byte Old)> Change(Span<byte> data)
    {
        List<(int, byte)> undo = [];
        for (int count = 1 + random.Next(4); count > 0; count--)
        {
            int at = random.Next(data.Length);
            int run = Math.Min(1 + (random.Next(4) == 0 ? random.Next(8) : 0), data.Length - at);
            for (int i = 0; i < run; i++)
            {
                undo.Add((at + i, data[at + i]));
                data[at + i] = random.Next(3) switch
                {
                    0 => (byte)(data[at + i] ^ (1 << random.Next(8))),
                    1 => Extremes[random.Next(Extremes.Length)],
                    _ => (byte)random.Next(256),
                };
            }
        }

        return undo;
    }

    /// <summary>A changed copy, now and then of another length.</summary>
    public byte[] Mutate(byte[] good)
    {
        byte[] changed = random.Next(8) switch
        {
            0 => good[..random.Next(good.Length + 1)],
            1 => [.. good, .. good.AsSpan(random.Next(good.Length))],
            2 => Splice(good),
            _ => [.. good],
        };
        if (changed.Length > 0)
            Change(changed);
        return changed;
    }

    private byte[] Splice(byte[] good)
    {
        byte[] changed = [.. good];
        int length = random.Next(Math.Min(64, good.Length));
        good.AsSpan(random.Next(good.Length - length), length).CopyTo(changed.AsSpan(random.Next(good.Length - length)));
        return changed;
    }
}
