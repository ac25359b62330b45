namespace ImageFactory.Images.Compression;

/// <summary>
/// The CRC-32 of gzip (RFC 1952): polynomial 0x04C11DB7, bits reflected, start and end inverted. The base library has it only inside its streams,
/// and nowhere for parts that were computed by several threads.
/// </summary>
internal static class Crc32
{
    private const uint Polynomial = 0xedb88320;

    /// <summary>In the reflected form the highest bit is the coefficient of x^0.</summary>
    private const uint One = 1u << 31;

    private static readonly uint[] Tables = MakeTables();

    /// <summary>x^(2^n) modulo the polynomial, for n from 0 to 63.</summary>
    private static readonly uint[] Squares = MakeSquares();

    public static uint Of(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        uint[] t = Tables;
        while (data.Length >= 8)
        {
            uint low = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(data) ^ crc;
            uint high = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            crc = t[0x700 + (byte)low] ^ t[0x600 + (byte)(low >> 8)] ^ t[0x500 + (byte)(low >> 16)] ^ t[0x400 + (low >> 24)]
                ^ t[0x300 + (byte)high] ^ t[0x200 + (byte)(high >> 8)] ^ t[0x100 + (byte)(high >> 16)] ^ t[high >> 24];
            data = data[8..];
        }

        foreach (byte value in data)
            crc = t[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    /// <summary>The CRC of two pieces one after the other, from their own.</summary>
    /// <param name="first">CRC of the first piece.</param>
    /// <param name="second">CRC of the second piece.</param>
    /// <param name="secondLength">Bytes of the second piece.</param>
    public static uint Combine(uint first, uint second, long secondLength)
    {
        // Appending n bytes multiplies the first CRC by x^(8n); the inversions cancel each other out.
        uint power = One;
        for (int bit = 3; secondLength > 0; bit++, secondLength >>= 1)
        {
            if ((secondLength & 1) != 0)
                power = Multiply(Squares[bit], power);
        }

        return Multiply(power, first) ^ second;
    }

    private static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (uint bit = One; bit != 0; bit >>= 1)
        {
            if ((a & bit) != 0)
                product ^= b;
            b = (b & 1) == 0 ? b >> 1 : (b >> 1) ^ Polynomial;
        }

        return product;
    }

    private static uint[] MakeSquares()
    {
        uint[] squares = new uint[66];
        squares[0] = One >> 1;
        for (int n = 1; n < squares.Length; n++)
            squares[n] = Multiply(squares[n - 1], squares[n - 1]);
        return squares;
    }

    /// <summary>Eight tables of 256: the n-th has the CRC of a byte with n zero bytes after it.</summary>
    private static uint[] MakeTables()
    {
        uint[] tables = new uint[8 * 256];
        for (uint value = 0; value < 256; value++)
        {
            uint crc = value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ Polynomial;
            tables[value] = crc;
        }

        for (int i = 256; i < tables.Length; i++)
            tables[i] = tables[(byte)tables[i - 256]] ^ (tables[i - 256] >> 8);
        return tables;
    }
}
