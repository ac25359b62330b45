using System.Globalization;
using System.Text;
using ImageFactory.Assembly.Payload;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Bases.Debian.Unpacked;

/// <summary>
/// Reads a binary package (deb(5)): an ar archive with the members <c>debian-binary</c>, <c>control.tar.*</c> and <c>data.tar.*</c>.
/// </summary>
/// <remarks>
/// ar: <c>!&lt;arch&gt;\n</c>, then for each member a header of 60 bytes (name 16, time 12, owner 6, group 6, mode 8, size 10 in decimal,
/// <c>`\n</c>) and its bytes, padded with a newline to an even length.
/// </remarks>
internal static class DebArchive
{
    private const int HeaderSize = 60;
    private const int SizeOffset = 48;
    private const int SizeLength = 10;

    /// <summary>Writes the uncompressed tar of one member, <c>control</c> or <c>data</c>, to a file.</summary>
    /// <param name="shownAs">How faults call the package.</param>
    /// <exception cref="FactoryException">IFA501: it is no package.</exception>
    public static async Task ExtractAsync(string package, string member, string target, string shownAs, CancellationToken cancellation)
    {
        await using FileStream file = new(package, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        byte[] magic = new byte[8];
        if (await file.ReadAtLeastAsync(magic, magic.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) < magic.Length || !magic.AsSpan().SequenceEqual("!<arch>\n"u8))
            throw new FactoryException(UnpackingFaults.NoPackage(shownAs, "it is no ar archive"));

        byte[] header = new byte[HeaderSize];
        while (await file.ReadAtLeastAsync(header, HeaderSize, throwOnEndOfStream: false, cancellation).ConfigureAwait(false) == HeaderSize)
        {
            string name = Encoding.ASCII.GetString(header, 0, 16).TrimEnd(' ', '/');
            string number = Encoding.ASCII.GetString(header, SizeOffset, SizeLength).TrimEnd(' ');
            if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long size) || size > file.Length - file.Position)
                throw new FactoryException(UnpackingFaults.NoPackage(shownAs, $"its member '{name}' has no usable size"));
            if (name == member + ".tar" || name.StartsWith(member + ".tar.", StringComparison.Ordinal))
            {
                await DecompressAsync(package, file.Position, size, target, shownAs, cancellation).ConfigureAwait(false);
                return;
            }

            file.Position += size + (size & 1);
        }

        throw new FactoryException(UnpackingFaults.NoPackage(shownAs, $"it has no member {member}.tar"));
    }

    private static async Task DecompressAsync(string package, long offset, long size, string target, string shownAs, CancellationToken cancellation)
    {
        Tree.FileContent range = new(package, offset, size);
        byte[] head = new byte[Math.Min(Compression.HeadLength, size)];
        await using (Stream peek = range.Open())
            await peek.ReadExactlyAsync(head, cancellation).ConfigureAwait(false);

        await using Stream source = range.Open();
        await using FileStream tar = new(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
        if (Compression.Of(head) is not { } compression)
        {
            await source.CopyToAsync(tar, 1 << 17, cancellation).ConfigureAwait(false);
            return;
        }

        try
        {
            await using Stream plain = compression.Open(source);
            await plain.CopyToAsync(tar, 1 << 17, cancellation).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new FactoryException(UnpackingFaults.NoPackage(shownAs, e.Message), e);
        }
    }
}
