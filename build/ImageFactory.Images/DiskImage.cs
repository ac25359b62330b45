using System.Buffers.Binary;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Qcow2;
using ImageFactory.Images.Vhd;
using ImageFactory.Model;

namespace ImageFactory.Images;

/// <summary>Opens disk images; the format is recognised by content, never by name.</summary>
public static class DiskImage
{
    private const int VhdFooterSize = 512;
    private const uint VhdFixed = 2;
    private const uint VhdDynamic = 3;

    /// <summary>Opens a qcow2 image, a VHD (fixed, without its footer, or dynamic) or, failing these, a raw image.</summary>
    /// <exception cref="FactoryException">IFI101 to IFI113: the file cannot be opened, is damaged, or is of a kind that is not read.</exception>
    public static IExtentSource Open(string path) => Open(path, null);

    /// <summary>Opens a qcow2 image whose backing files are known and wanted.</summary>
    /// <param name="path">The image.</param>
    /// <param name="backing">The files behind it, absolute, nearest first. A chain that names others, or goes on behind them, is refused.</param>
    /// <exception cref="FactoryException">As <see cref="Open(string)"/>.</exception>
    public static IExtentSource OpenWithBacking(string path, IReadOnlyList<string> backing) => Open(path, backing);

    private static IExtentSource Open(string path, IReadOnlyList<string>? backing)
    {
        RawFileSource file = RawFileSource.Open(path);
        try
        {
            return Recognise(file, backing);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static IExtentSource OpenBacking(string image, string name, string? format, IReadOnlyList<string> allowed)
    {
        string path = Path.GetFullPath(name, Path.GetDirectoryName(Path.GetFullPath(image))!);
        if (allowed.Count == 0 || path != allowed[0])
            throw Qcow2Faults.Refused(image, $"has the backing file '{Printable.Text(name)}', which was not allowed", "allow this very file, or flatten the image: qemu-img convert -O qcow2").Raise();
        // What a raw disk holds is its guest's doing: without a format, a guest could make it look like an image with a backing file of its choice.
        return format switch
        {
            "raw" => RawFileSource.Open(path),
            "qcow2" => Open(path, [.. allowed.Skip(1)]),
            _ => throw Qcow2Faults.Refused(image, "does not say of what format its backing file is", "say it: qemu-img rebase -u -F qcow2 -b FILE").Raise(),
        };
    }

    private static IExtentSource Recognise(RawFileSource file, IReadOnlyList<string>? backing)
    {
        byte[] start = file.ReadBytes(0, (int)Math.Min(8, file.Length));
        if (Qcow2Source.Recognises(start))
            return new Qcow2Source(file, backing is null ? null : (name, format) => OpenBacking(file.Name, name, format, backing));
        if (start.AsSpan().SequenceEqual("vhdxfile"u8))
            throw ExtentFaults.UnknownFormat(file.Name, "VHDX").Raise();
        if (start.AsSpan().StartsWith("KDMV"u8))
            throw ExtentFaults.UnknownFormat(file.Name, "VMDK").Raise();
        return FooterOf(file) is { } footer ? OpenVhd(file, footer) : file;
    }

    private static IExtentSource OpenVhd(RawFileSource file, byte[] footer)
    {
        uint type = BinaryPrimitives.ReadUInt32BigEndian(footer.AsSpan(60));
        if (type == VhdDynamic)
            return new DynamicVhdSource(file, footer);
        if (type != VhdFixed)
            throw ExtentFaults.UnreadVhd(file.Name, type).Raise();
        long size = file.Length - VhdFooterSize;
        ulong named = BinaryPrimitives.ReadUInt64BigEndian(footer.AsSpan(48));
        return named == (ulong)size
            ? new OwningWindow(file, size)
            : throw ExtentFaults.BadVhdFooter(file.Name, $"it names a size of {named} bytes, there are {size}").Raise();
    }

    /// <summary>
    /// The footer of a VHD is its last 512 bytes, big-endian: cookie at 0, current size at 48, type at 60, checksum at 64
    /// (the complement of the sum of all other bytes).
    /// </summary>
    private static byte[]? FooterOf(RawFileSource file)
    {
        if (file.Length < 2 * VhdFooterSize)
            return null;
        byte[] footer = file.ReadBytes(file.Length - VhdFooterSize, VhdFooterSize);
        if (!footer.AsSpan().StartsWith("conectix"u8))
            return null;
        uint stored = BinaryPrimitives.ReadUInt32BigEndian(footer.AsSpan(64));
        footer.AsSpan(64, 4).Clear();
        uint sum = 0;
        foreach (byte value in footer)
            sum += value;
        return ~sum == stored ? footer : throw ExtentFaults.BadVhdFooter(file.Name, "its checksum does not match").Raise();
    }
}
