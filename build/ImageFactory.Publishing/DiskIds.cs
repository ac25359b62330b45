using ImageFactory.Model;

namespace ImageFactory.Publishing;

/// <summary>Identifiers that follow from an image, so that publishing it twice gives the same bytes and asks for the same objects.</summary>
public static class DiskIds
{
    /// <summary>A UUID (version 8, RFC 9562) from the first 16 bytes of a digest.</summary>
    public static Guid Of(Sha256 digest)
    {
        byte[] bytes = Convert.FromHexString(digest.Hex.AsSpan(0, 32));
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
