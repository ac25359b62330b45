using System.Globalization;
using System.Text;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Luks;

/// <summary>Which initrd reads the key, and so where it looks for it (s390x disk, section 3.3).</summary>
public enum InitrdKind
{
    /// <summary>dracut and own ones with systemd: <c>/etc/crypttab</c>, <c>/etc/keys</c>.</summary>
    Systemd,

    /// <summary>Debian's initramfs-tools: <c>/cryptroot</c>.</summary>
    InitramfsTools,
}

/// <summary>
/// A small cpio archive (newc) with the disk's key and crypttab, to be appended to a generic initrd: the kernel unpacks
/// archives that follow each other, and later files win. It exists in memory only; Secure Execution then encrypts it.
/// </summary>
public static class InitrdKeyArchive
{
    private const uint Folder = 0x41C0;
    private const uint OwnerFile = 0x8180;
    private const string Trailer = "TRAILER!!!";

    /// <summary>The caller appends it with an alignment of 4 and disposes of it.</summary>
    public static SecretBytes Create(InitrdKind kind, Guid luksUuid, SecretBytes passphrase, DateTimeOffset modified)
    {
        string uuid = luksUuid.ToString("D", CultureInfo.InvariantCulture);
        (string folder, string keyFolder, string keyInside) = kind == InitrdKind.Systemd
            ? ("etc", "etc/keys", "/etc/keys")
            : ("cryptroot", "cryptroot/keyfiles", "/cryptroot/keyfiles");
        byte[] crypttab = Encoding.ASCII.GetBytes($"luks-{uuid} UUID={uuid} {keyInside}/luks-{uuid}.key luks,discard,initramfs\n");
        string keyFile = $"{keyFolder}/luks-{uuid}.key";

        // Measured first and written once: growing buffers would leave copies of the key behind.
        uint time = (uint)Math.Clamp(modified.ToUnixTimeSeconds(), 0, uint.MaxValue);
        int size = EntrySize(folder, 0) + EntrySize(keyFolder, 0) + EntrySize($"{folder}/crypttab", crypttab.Length) + EntrySize(keyFile, passphrase.Length) + EntrySize(Trailer, 0);
        SecretBytes archive = new(size);
        int at = 0;
        at += Write(archive.Span[at..], folder, Folder, 1, time, []);
        at += Write(archive.Span[at..], $"{folder}/crypttab", OwnerFile, 2, time, crypttab);
        at += Write(archive.Span[at..], keyFolder, Folder, 3, time, []);
        at += Write(archive.Span[at..], keyFile, OwnerFile, 4, time, passphrase.Span);
        Write(archive.Span[at..], Trailer, 0, 0, 0, []);
        return archive;
    }

    private static int EntrySize(string name, int length) => Align(110 + name.Length + 1) + Align(length);

    private static int Align(int value) => (value + 3) & ~3;

    /// <summary>Header of 13 eight-digit hex numbers behind "070701": inode, mode, uid, gid, links, mtime, size, device numbers (4), name size, checksum.</summary>
    private static int Write(Span<byte> target, string name, uint mode, uint inode, uint time, ReadOnlySpan<byte> content)
    {
        uint links = mode == Folder ? 2u : 1u;
        string header = string.Create(
            CultureInfo.InvariantCulture,
            $"070701{inode:x8}{mode:x8}{0:x8}{0:x8}{links:x8}{time:x8}{content.Length:x8}{0:x8}{0:x8}{0:x8}{0:x8}{name.Length + 1:x8}{0:x8}{name}\0");
        Encoding.ASCII.GetBytes(header, target);
        content.CopyTo(target[Align(header.Length)..]);
        return EntrySize(name, content.Length);
    }
}
