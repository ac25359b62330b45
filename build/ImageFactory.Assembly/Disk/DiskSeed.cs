using System.Security.Cryptography;
using System.Text;

namespace ImageFactory.Assembly.Disk;

/// <summary>
/// Draws the identifiers of a disk from the recipe's name and architecture: the same for every build of a recipe, different between recipes.
/// Not from the whole recipe, so that a change which does not reach the image does not change the image.
/// </summary>
internal sealed class DiskSeed(string recipeName, string architecture)
{
    public byte[] Bytes(string purpose) => SHA256.HashData(Encoding.UTF8.GetBytes($"image-factory\0{recipeName}\0{architecture}\0{purpose}"));

    /// <summary>A UUID of version 8 (RFC 9562: vendor-specific), so that it never looks like a random or time-based one.</summary>
    public Guid Uuid(string purpose)
    {
        byte[] bytes = Bytes(purpose)[..16];
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
