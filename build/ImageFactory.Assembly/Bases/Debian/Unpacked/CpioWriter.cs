using System.Globalization;
using System.Text;
using ImageFactory.Assembly.Tree;

namespace ImageFactory.Assembly.Bases.Debian.Unpacked;

/// <summary>
/// Writes a tree as an archive that the kernel unpacks (Documentation/driver-api/early-userspace/buffer-format): for each name a header of
/// <c>070701</c> and 13 numbers of eight hex digits (inode, mode, uid, gid, links, mtime, size, device and special-device numbers, length of the
/// name with its NUL, checksum 0), the name, and the content, each padded to four bytes. Everything belongs to root; sorted; no device nodes.
/// </summary>
internal static class CpioWriter
{
    private const int FileType = 0x8000;
    private const int FolderType = 0x4000;
    private const int LinkType = 0xA000;

    public static async Task WriteAsync(FileTree tree, Stream target, long epoch, CancellationToken cancellation)
    {
        uint inode = 0;
        foreach (TreeItem item in tree.Walk())
        {
            cancellation.ThrowIfCancellationRequested();
            TreeEntry entry = item.Entry;
            int? type = entry.Type switch
            {
                TreeEntryType.File => FileType,
                TreeEntryType.Directory => FolderType,
                TreeEntryType.SymbolicLink => LinkType,
                _ => null,
            };
            if (type is null || item.Path == "/")
                continue;
            byte[]? link = entry.Target is { } text ? Encoding.UTF8.GetBytes(text) : null;
            long size = link?.Length ?? (type == FileType ? entry.Content.Length : 0);
            await HeaderAsync(target, item.Path[1..], ++inode, type.Value | entry.Mode, size, epoch, cancellation).ConfigureAwait(false);
            if (link is not null)
            {
                await target.WriteAsync(link, cancellation).ConfigureAwait(false);
            }
            else if (size > 0)
            {
                await using Stream source = entry.Content.Open();
                await source.CopyToAsync(target, 1 << 16, cancellation).ConfigureAwait(false);
            }

            await PadAsync(target, size, cancellation).ConfigureAwait(false);
        }

        await HeaderAsync(target, "TRAILER!!!", 0, 0, 0, 0, cancellation).ConfigureAwait(false);
    }

    private static async Task HeaderAsync(Stream target, string name, uint inode, int mode, long size, long time, CancellationToken cancellation)
    {
        byte[] nameBytes = Encoding.UTF8.GetBytes(name + "\0");
        int links = (mode & FolderType) != 0 && (mode & FileType) == 0 ? 2 : 1;
        string header = string.Create(
            CultureInfo.InvariantCulture,
            $"070701{inode:x8}{mode:x8}{0:x8}{0:x8}{links:x8}{(uint)time:x8}{(uint)size:x8}{0:x8}{0:x8}{0:x8}{0:x8}{nameBytes.Length:x8}{0:x8}");
        await target.WriteAsync(Encoding.ASCII.GetBytes(header), cancellation).ConfigureAwait(false);
        await target.WriteAsync(nameBytes, cancellation).ConfigureAwait(false);
        await PadAsync(target, header.Length + nameBytes.Length, cancellation).ConfigureAwait(false);
    }

    private static async Task PadAsync(Stream target, long length, CancellationToken cancellation) =>
        await target.WriteAsync(new byte[(4 - (length & 3)) & 3], cancellation).ConfigureAwait(false);
}
