using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ImageFactory.Model;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.Assembly.Tree;

/// <summary>
/// Writes a tree as a tar archive that depends on nothing but the tree: sorted, time stamps clamped, owners as numbers,
/// PAX headers only where ustar cannot say it.
/// </summary>
internal sealed class TarTreeWriter : IDisposable
{
    /// <summary>Large enough that system calls do not count, small against the memory limit.</summary>
    private const int BufferSize = 1 << 20;

    /// <summary>Archives end with two empty blocks; GNU tar pads to 20 blocks, and so do we, for its sake.</summary>
    private const int Record = 20 * TarFormat.Block;

    /// <summary>A place takes two blocks.</summary>
    private const int WorthAPlace = 2 * TarFormat.Block;

    private const long MaxOctal8 = (1L << 21) - 1;
    private const long MaxOctal12 = (1L << 33) - 1;

    private readonly Stream target;
    private readonly long epoch;
    private readonly string? other;
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private byte[] spare = ArrayPool<byte>.Shared.Rent(BufferSize);
    private Task writing = Task.CompletedTask;
    private int used;
    private long written;
    private string? sourcePath;
    private SafeFileHandle? source;

    private TarTreeWriter(Stream target, long epoch, string? other)
    {
        this.target = target;
        this.epoch = epoch;
        this.other = other;
    }

    /// <param name="tree">Not to be changed meanwhile.</param>
    /// <param name="target">Written from its current position on.</param>
    /// <param name="epoch">No time stamp is later than this.</param>
    /// <param name="other">An archive that the reader has too: of contents in it only the place is written (<see cref="TarFormat.ContentKey"/>).</param>
    public static void Write(FileTree tree, Stream target, long epoch, CancellationToken cancellation, string? other = null)
    {
        using TarTreeWriter writer = new(target, epoch, other);
        foreach (TreeItem item in tree.Walk())
        {
            cancellation.ThrowIfCancellationRequested();
            if (writer.WriteHeaders(item) is { } content)
                writer.WriteContent(item.Path, content);
        }

        writer.End();
    }

    /// <summary>As <see cref="Write"/>, for a tree with <see cref="StreamedContent"/>.</summary>
    public static async Task WriteAsync(FileTree tree, Stream target, long epoch, CancellationToken cancellation)
    {
        using TarTreeWriter writer = new(target, epoch, other: null);
        foreach (TreeItem item in tree.Walk())
        {
            cancellation.ThrowIfCancellationRequested();
            TreeContent? content = writer.WriteHeaders(item);
            if (content is StreamedContent streamed)
                await writer.CopyAsync(item.Path, streamed, cancellation).ConfigureAwait(false);
            else if (content is not null)
                writer.WriteContent(item.Path, content);
        }

        writer.End();
    }

    public void Dispose()
    {
        source?.Dispose();

        // After a failure the target may still be written to.
        writing.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).Wait();
        ArrayPool<byte>.Shared.Return(buffer);
        ArrayPool<byte>.Shared.Return(spare);
    }

    /// <returns>The content that must follow; null for none.</returns>
    private TreeContent? WriteHeaders(TreeItem item)
    {
        TreeEntry entry = item.Entry;
        string name = item.Path == "/" ? "./" : item.Path[1..] + (entry.IsDirectory ? "/" : "");
        string link = item.FirstName is { } first ? first[1..] : entry.Target ?? "";
        bool hasContent = item.FirstName is null && entry.Type == TreeEntryType.File;
        FileContent? elsewhere = hasContent && entry.Content is FileContent content && content.Path == other && content.Length > WorthAPlace ? content : null;
        hasContent &= elsewhere is null;
        long size = hasContent ? entry.Content.Length : 0;
        long modifiedAt = Math.Clamp(entry.ModifiedAt, 0, epoch);

        byte[] extension = Extension(name, link, size, entry, modifiedAt, elsewhere);
        if (extension.Length > 0)
        {
            // The name is only for tools that do not know PAX.
            WriteHeader("PaxHeader", "", TarFormat.PaxHeader, extension.Length, UnixMode.Plain, 0, 0, modifiedAt, 0, 0);
            Append(extension);
            Pad(extension.Length);
        }

        byte type = item.FirstName is null ? TypeOf(entry.Type) : TarFormat.HardLink;
        WriteHeader(name, link, type, size, entry.Mode, entry.Uid, entry.Gid, modifiedAt, entry.DeviceMajor, entry.DeviceMinor);
        return hasContent ? entry.Content : null;
    }

    private static byte TypeOf(TreeEntryType type) => type switch
    {
        TreeEntryType.File => TarFormat.File,
        TreeEntryType.Directory => TarFormat.Directory,
        TreeEntryType.SymbolicLink => TarFormat.SymbolicLink,
        TreeEntryType.CharacterDevice => TarFormat.CharacterDevice,
        TreeEntryType.BlockDevice => TarFormat.BlockDevice,
        TreeEntryType.Fifo => TarFormat.Fifo,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static byte[] Extension(string name, string link, long size, TreeEntry entry, long modifiedAt, FileContent? elsewhere)
    {
        using MemoryStream body = new();
        if (!IsAscii(name) || !TrySplit(name, out _, out _))
            AddRecord(body, "path", Encoding.UTF8.GetBytes(name));
        if (!IsAscii(link) || link.Length > 100)
            AddRecord(body, "linkpath", Encoding.UTF8.GetBytes(link));
        if (size > MaxOctal12)
            AddRecord(body, "size", Digits(size));
        if (entry.Uid > MaxOctal8)
            AddRecord(body, "uid", Digits(entry.Uid));
        if (entry.Gid > MaxOctal8)
            AddRecord(body, "gid", Digits(entry.Gid));
        if (modifiedAt > MaxOctal12)
            AddRecord(body, "mtime", Digits(modifiedAt));
        if (elsewhere is not null)
            AddRecord(body, TarFormat.ContentKey, [.. Digits(elsewhere.Offset), (byte)' ', .. Digits(elsewhere.Length)]);
        foreach ((string key, byte[] value) in entry.Xattrs.OrderBy(x => x.Key, StringComparer.Ordinal))
            AddRecord(body, TarFormat.XattrPrefix + key, value);
        return body.ToArray();
    }

    private static byte[] Digits(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>A record starts with its own length in decimal digits, which count too.</summary>
    private static void AddRecord(MemoryStream body, string key, byte[] value)
    {
        byte[] keyBytes = Encoding.UTF8.GetBytes(key);
        int rest = 1 + keyBytes.Length + 1 + value.Length + 1;
        int length = rest;
        while (length != rest + Digits(length).Length)
            length = rest + Digits(length).Length;
        body.Write(Digits(length));
        body.WriteByte((byte)' ');
        body.Write(keyBytes);
        body.WriteByte((byte)'=');
        body.Write(value);
        body.WriteByte((byte)'\n');
    }

    private static bool IsAscii(string text) => Ascii.IsValid(text);

    /// <summary>ustar keeps up to 155 bytes of folders apart from up to 100 bytes of name.</summary>
    private static bool TrySplit(string name, out string prefix, out string rest)
    {
        prefix = "";
        rest = name;
        if (name.Length <= 100)
            return true;
        int cut = name.IndexOf('/', Math.Max(0, name.Length - 101));
        if (cut is <= 0 or > 155 || cut == name.Length - 1)
            return false;
        prefix = name[..cut];
        rest = name[(cut + 1)..];
        return true;
    }

    private void WriteHeader(string name, string link, byte type, long size, int mode, uint uid, uint gid, long modifiedAt, uint major, uint minor)
    {
        Span<byte> header = Reserve(TarFormat.Block);
        header.Clear();
        if (!TrySplit(name, out string prefix, out string rest))
            rest = name[^100..];
        Put(header[TarFormat.Name], rest);
        Put(header[TarFormat.Prefix], prefix);
        Put(header[TarFormat.LinkName], link);
        Octal(header[TarFormat.Mode], mode);
        Octal(header[TarFormat.Uid], uid > MaxOctal8 ? 0 : uid);
        Octal(header[TarFormat.Gid], gid > MaxOctal8 ? 0 : gid);
        Octal(header[TarFormat.Size], size > MaxOctal12 ? 0 : size);
        Octal(header[TarFormat.ModifiedAt], modifiedAt > MaxOctal12 ? 0 : modifiedAt);
        header[TarFormat.TypeAt] = type;
        "ustar\0"u8.CopyTo(header[TarFormat.Magic]);
        "00"u8.CopyTo(header[TarFormat.Version]);
        if (type is TarFormat.CharacterDevice or TarFormat.BlockDevice)
        {
            Device(header[TarFormat.DeviceMajor], major);
            Device(header[TarFormat.DeviceMinor], minor);
        }

        int sum = TarFormat.SumOf(header);
        Octal(header[TarFormat.Checksum][..7], sum);
        header[TarFormat.Checksum][7] = (byte)' ';
    }

    /// <summary>Non-ASCII and overlong text is in the PAX header; here stands a likeness for tools that do not know PAX.</summary>
    private static void Put(Span<byte> field, string text)
    {
        for (int i = 0; i < Math.Min(field.Length, text.Length); i++)
            field[i] = text[i] < 128 ? (byte)text[i] : (byte)'_';
    }

    private static void Octal(Span<byte> field, long value)
    {
        for (int i = field.Length - 2; i >= 0; i--)
        {
            field[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }
    }

    /// <summary>PAX has no key for device numbers, so large ones take GNU's binary form, which every reader of them knows.</summary>
    private static void Device(Span<byte> field, uint value)
    {
        if (value <= MaxOctal8)
        {
            Octal(field, value);
            return;
        }

        BinaryPrimitives.WriteUInt32BigEndian(field[4..], value);
        field[0] = 0x80;
    }

    private void WriteContent(string path, TreeContent content)
    {
        if (content is InlineContent inline)
            Append(inline.Bytes.Span);
        else if (content is FileContent range)
            CopyRange(path, range);
        else
            throw new InvalidOperationException($"{content.GetType().Name} is written asynchronously");
        Pad(content.Length);
    }

    private async Task CopyAsync(string path, StreamedContent content, CancellationToken cancellation)
    {
        Stream stream = content.Open();
        await using (stream.ConfigureAwait(false))
        {
            long done = 0;
            while (true)
            {
                if (used == BufferSize)
                    Flush();

                // One more read than there are bytes: a stream may check at its end what it gave.
                int read = await stream.ReadAsync(buffer.AsMemory(used, BufferSize - used), cancellation).ConfigureAwait(false);
                if (read == 0)
                    break;
                used += read;
                written += read;
                done += read;
                if (done > content.Length)
                    break;
            }

            if (done != content.Length)
                throw new FactoryException(TreeFaults.ContentChanged(path, $"it has {(done > content.Length ? "more" : "less")} than the {content.Length} bytes that it had"));
        }

        Pad(content.Length);
    }

    private void CopyRange(string path, FileContent range)
    {
        SafeFileHandle from = OpenSource(path, range);
        for (long done = 0; done < range.Length;)
        {
            if (used == BufferSize)
                Flush();
            int read = ReadSource(path, from, (int)Math.Min(BufferSize - used, range.Length - done), range.Offset + done);
            if (read == 0)
                throw new FactoryException(TreeFaults.ContentChanged(path, $"{range.Path} is shorter than it was"));
            used += read;
            written += read;
            done += read;
        }
    }

    private SafeFileHandle OpenSource(string path, FileContent range)
    {
        if (source is not null && sourcePath == range.Path)
            return source;
        source?.Dispose();
        try
        {
            source = File.OpenHandle(range.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(TreeFaults.ContentChanged(path, e.Message), e);
        }

        sourcePath = range.Path;
        return source;
    }

    /// <summary>What cannot be read is not to look as if it could not be written.</summary>
    private int ReadSource(string path, SafeFileHandle from, int count, long offset)
    {
        try
        {
            return RandomAccess.Read(from, buffer.AsSpan(used, count), offset);
        }
        catch (IOException e)
        {
            throw new FactoryException(TreeFaults.ContentChanged(path, e.Message), e);
        }
    }

    private void Append(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            if (used == BufferSize)
                Flush();
            int count = Math.Min(BufferSize - used, data.Length);
            data[..count].CopyTo(buffer.AsSpan(used));
            used += count;
            written += count;
            data = data[count..];
        }
    }

    private Span<byte> Reserve(int count)
    {
        if (BufferSize - used < count)
            Flush();
        Span<byte> reserved = buffer.AsSpan(used, count);
        used += count;
        written += count;
        return reserved;
    }

    private void Pad(long size) => Zeros((int)(TarFormat.Padded(size) - size));

    private void Zeros(int count)
    {
        if (count > 0)
            Reserve(count).Clear();
    }

    private void End()
    {
        Zeros(2 * TarFormat.Block);
        Zeros((int)((Record - (written % Record)) % Record));
        Flush();
        writing.GetAwaiter().GetResult();
    }

    /// <summary>Has what is there written while the next part is read.</summary>
    private void Flush()
    {
        writing.GetAwaiter().GetResult();
        (byte[] full, int count) = (buffer, used);
        writing = Task.Run(() => target.Write(full, 0, count));
        (buffer, spare) = (spare, buffer);
        used = 0;
    }
}
