using System.Globalization;
using System.Text;
using ImageFactory.Images.Extents;
using ImageFactory.Measurement.Hashing;

namespace ImageFactory.Measurement.Stub;

/// <summary>
/// The archives that systemd-stub makes in memory and passes to the kernel as parts of the initrd: newc, byte for byte as the stub writes them.
/// <code>
///   0    6  "070701"
///   6  104  13 fields of 8 lower-case hex digits: inode (from 1), mode, uid 0, gid 0, links 1, mtime 0, size,
///           device 0 (4 fields), length of the name with its NUL, check 0
/// 110       name, NUL, zeros up to a multiple of 4; then the data, zeros up to a multiple of 4
/// </code>
/// The last record has upper-case digits, links 1, the name <c>TRAILER!!!</c> and nothing else.
/// </summary>
internal static class CpioArchive
{
    private const uint Directory = 0x4000;
    private const uint RegularFile = 0x8000;

    private static readonly byte[] Trailer = Encoding.ASCII.GetBytes(
        "070701" + new string('0', 32) + "00000001" + new string('0', 48) + "0000000B" + new string('0', 8) + "TRAILER!!!" + "\0\0\0\0");

    /// <summary>Files that the stub collects, in a folder that only root may look into (credentials) or everybody (extensions).</summary>
    /// <param name="folder">Path without a leading slash: <c>.extra/credentials</c>. The folders above it come first.</param>
    /// <param name="folderMode">Permission bits of the last folder; those above have 0555.</param>
    /// <param name="fileMode">Permission bits of the files.</param>
    /// <param name="files">Name and content; sorted by the caller.</param>
    public static IReadOnlyList<Piece> Of(string folder, uint folderMode, uint fileMode, IEnumerable<(string Name, IExtentSource Content)> files)
    {
        List<Piece> pieces = [];
        uint inode = 1;
        string[] parts = folder.Split('/');
        for (int depth = 1; depth <= parts.Length; depth++)
            pieces.Add(Header(inode++, Directory | (depth == parts.Length ? folderMode : 0x16d), string.Join('/', parts[..depth]), 0));
        foreach ((string name, IExtentSource content) in files)
        {
            pieces.Add(Header(inode++, RegularFile | fileMode, $"{folder}/{name}", content.Length));
            pieces.Add(Piece.Of(content, 0, content.Length));
            pieces.Add(Padding(content.Length));
        }

        pieces.Add(Piece.Of(Trailer));
        return pieces;
    }

    /// <summary>One text that the stub hands on: readable by everybody, in <c>.extra</c>.</summary>
    public static IReadOnlyList<Piece> OfSection(string name, byte[] content) =>
        Of(".extra", 0x16d, 0x124, [(name, new StreamSource(new MemoryStream(content, writable: false), name))]);

    /// <summary>Zeros up to the next multiple of 4.</summary>
    public static Piece Padding(long length) => Piece.Zeros((4 - (length & 3)) & 3);

    private static Piece Header(uint inode, uint mode, string name, long size)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"070701{inode:x8}{mode:x8}{0:x8}{0:x8}{1:x8}{0:x8}{size:x8}{0:x8}{0:x8}{0:x8}{0:x8}{name.Length + 1:x8}{0:x8}{name}\0");
        return Piece.Of(Encoding.ASCII.GetBytes(text.PadRight((text.Length + 3) & ~3, '\0')));
    }
}
