using System.Buffers;
using System.Security.Cryptography;
using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Verity;

/// <summary>Digests of blocks: SHA-256 over salt and block. Safe for several threads.</summary>
internal sealed class VerityHasher
{
    /// <summary>Blocks that are read at once: few enough that they are still in the core's cache when they are hashed.</summary>
    private const int BlocksRead = 32;

    private readonly byte[] salt;
    private readonly byte[] zeroDigest;

    public VerityHasher(byte[] salt)
    {
        this.salt = salt;
        zeroDigest = SHA256.HashData((byte[])[.. salt, .. new byte[VerityFormat.BlockSize]]);
    }

    /// <summary>
    /// Reads <paramref name="blocks"/> blocks of data and makes the hash blocks above them (the last one filled with zeros) together
    /// with the digests of those hash blocks, which are what the next level holds.
    /// </summary>
    public VerityChunk HashData(IExtentSource data, long firstBlock, int blocks)
    {
        int hashBlocks = ((blocks - 1) / VerityFormat.DigestsPerBlock) + 1;
        byte[] hashes = new byte[hashBlocks * VerityFormat.BlockSize];
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BlocksRead * VerityFormat.BlockSize);
        byte[] scratch = NewScratch();
        try
        {
            for (int first = 0; first < blocks; first += BlocksRead)
            {
                Span<byte> read = buffer.AsSpan(0, Math.Min(BlocksRead, blocks - first) * VerityFormat.BlockSize);
                Read(data, (firstBlock + first) * VerityFormat.BlockSize, read);
                for (int offset = 0; offset < read.Length; offset += VerityFormat.BlockSize)
                    HashBlock(read.Slice(offset, VerityFormat.BlockSize), hashes.AsSpan((first + (offset / VerityFormat.BlockSize)) * VerityFormat.DigestSize), scratch);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        byte[] digests = new byte[hashBlocks * VerityFormat.DigestSize];
        for (int block = 0; block < hashBlocks; block++)
            HashBlock(hashes.AsSpan(block * VerityFormat.BlockSize, VerityFormat.BlockSize), digests.AsSpan(block * VerityFormat.DigestSize), scratch);
        return new VerityChunk(hashes, digests);
    }

    public byte[] HashBlock(ReadOnlySpan<byte> block)
    {
        byte[] digest = new byte[VerityFormat.DigestSize];
        HashBlock(block, digest, NewScratch());
        return digest;
    }

    private static void Read(IExtentSource data, long start, Span<byte> buffer)
    {
        foreach (Extent extent in data.Extents(start, buffer.Length))
        {
            Span<byte> part = buffer.Slice((int)(extent.Offset - start), (int)extent.Length);
            if (extent.Kind == ExtentKind.Data)
                data.Read(extent.Offset, part);
            else
                part.Clear();
        }
    }

    private byte[] NewScratch()
    {
        byte[] scratch = new byte[salt.Length + VerityFormat.BlockSize];
        salt.CopyTo(scratch, 0);
        return scratch;
    }

    private void HashBlock(ReadOnlySpan<byte> block, Span<byte> digest, byte[] scratch)
    {
        if (!block.ContainsAnyExcept((byte)0))
        {
            zeroDigest.CopyTo(digest);
            return;
        }

        if (FastSha256.IsAvailable)
        {
            FastSha256.Hash(salt, block, digest);
            return;
        }

        // One call over salt and block side by side costs less than feeding an incremental hash twice.
        block.CopyTo(scratch.AsSpan(salt.Length));
        SHA256.HashData(scratch, digest);
    }
}

/// <summary>Hash blocks of the lowest level, and the digest of each.</summary>
internal readonly record struct VerityChunk(byte[] HashBlocks, byte[] Digests);
