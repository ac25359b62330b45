using System.Buffers.Binary;

namespace ImageFactory.Assembly.Tests.Sbom.Rpm;

/// <summary>
/// Lays packages out as rpm's backend ndb does (its rpmpkg.c): no Debian package has a program that writes it. Every third slot is left free, as after a removal.
/// </summary>
internal static class NdbWriter
{
    private const int Page = 4096;
    private const int Block = 16;

    public static byte[] Write(IReadOnlyList<byte[]> blobs)
    {
        int slots = blobs.Count + ((blobs.Count + 1) / 2);
        int pages = ((32 + (16 * slots)) + Page - 1) / Page;
        using MemoryStream file = new();
        file.SetLength((long)pages * Page);
        byte[] table = new byte[pages * Page];
        "RpmP"u8.CopyTo(table);
        Put(table, 8, 1, (uint)pages, (uint)blobs.Count + 1);
        for (int at = 32; at < table.Length; at += 16)
            "Slot"u8.CopyTo(table.AsSpan(at));
        file.Position = table.Length;
        for (int i = 0; i < blobs.Count; i++)
        {
            int blocks = (16 + blobs[i].Length + 12 + Block - 1) / Block;
            byte[] stored = new byte[blocks * Block];
            "BlbS"u8.CopyTo(stored);
            Put(stored, 4, (uint)i + 1, 1, (uint)blobs[i].Length);
            blobs[i].CopyTo(stored, 16);
            Put(stored, stored.Length - 8, (uint)blobs[i].Length);
            "BlbE"u8.CopyTo(stored.AsSpan(stored.Length - 4));
            Put(table, 32 + (16 * (i + (i / 2))) + 4, (uint)i + 1, (uint)(file.Position / Block), (uint)blocks);
            file.Write(stored);
        }

        file.Position = 0;
        file.Write(table);
        return file.ToArray();
    }

    private static void Put(byte[] target, int at, params uint[] numbers)
    {
        foreach (uint number in numbers)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(target.AsSpan(at), number);
            at += 4;
        }
    }
}
