using System.Buffers.Binary;
using System.Security.Cryptography;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Tests.Support;

/// <summary>The fixed random source of the vectors: SHA-256(seed ‖ be64(0)) ‖ SHA-256(seed ‖ be64(1)) ‖ …, without gaps.</summary>
internal sealed class SeededRandom(byte[] seed) : RandomSource
{
    private byte[] block = [];
    private int used;
    private long number;

    public override void Fill(Span<byte> target)
    {
        for (int i = 0; i < target.Length; i++)
        {
            if (used == block.Length)
            {
                byte[] input = [.. seed, .. new byte[8]];
                BinaryPrimitives.WriteInt64BigEndian(input.AsSpan(seed.Length), number++);
                block = SHA256.HashData(input);
                used = 0;
            }

            target[i] = block[used++];
        }
    }
}
