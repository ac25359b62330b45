using System.Buffers;
using System.Security.Cryptography;
using ImageFactory.Images.Extents;

namespace ImageFactory.Images.Pe;

/// <summary>
/// The Authenticode digest (Windows Authenticode Portable Executable Signature Format, and EDK2's HashPeImage). Left out are the
/// checksum, the directory entry of the certificates and the certificates; sections count in the order of the file, not of the table.
/// </summary>
internal static class Authenticode
{
    private const int BufferSize = 1 << 18;

    public static byte[] Digest(PeFile pe, HashAlgorithmName algorithm)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(algorithm);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            foreach ((long start, long end) in Ranges(pe))
                Append(pe.Source, hash, start, end, buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return hash.GetHashAndReset();
    }

    public static IEnumerable<(long Start, long End)> Ranges(PeFile pe)
    {
        PeHeaders headers = pe.Headers;
        long afterCheckSum = headers.CheckSumOffset + 4;
        if (afterCheckSum > headers.SizeOfHeaders)
            throw PeFaults.Malformed(pe.Name, headers.CheckSumOffset, "the headers end before the checksum").Raise();
        yield return (0, headers.CheckSumOffset);
        if (headers.CertificateEntryOffset is int entry)
        {
            yield return (afterCheckSum, entry);
            yield return (entry + PeFormat.DirectorySize, headers.SizeOfHeaders);
        }
        else
        {
            yield return (afterCheckSum, headers.SizeOfHeaders);
        }

        long hashed = headers.SizeOfHeaders;
        foreach (PeSection section in pe.Sections.Where(section => section.RawSize > 0).OrderBy(section => section.RawOffset))
        {
            hashed += section.RawSize;
            yield return (section.RawOffset, (long)section.RawOffset + section.RawSize);
        }

        // Overlapping sections would be hashed twice and the end of the file not at all; no tool agrees with another on such files.
        long end = pe.Source.Length - headers.CertificateSize;
        if (hashed > end)
            throw PeFaults.Malformed(pe.Name, headers.SectionTableOffset, $"headers and sections take {hashed} bytes, the file has {end} without its certificates").Raise();
        yield return (hashed, end);
    }

    private static void Append(IExtentSource file, IncrementalHash hash, long start, long end, byte[] buffer)
    {
        for (long offset = start; offset < end;)
        {
            int count = (int)Math.Min(buffer.Length, end - offset);
            file.Read(offset, buffer.AsSpan(0, count));
            hash.AppendData(buffer, 0, count);
            offset += count;
        }
    }
}
