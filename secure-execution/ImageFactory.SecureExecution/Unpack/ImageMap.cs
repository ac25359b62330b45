using ImageFactory.Model;
using ImageFactory.SecureExecution.Format;
using ImageFactory.SecureExecution.Reading;

namespace ImageFactory.SecureExecution.Unpack;

/// <summary>Where the parts of an existing image are, found through stage3a's arguments (as a machine finds them), and whether they fit.</summary>
internal sealed record ImageMap(int Stage3aSize, Ipib Ipib, long IpibAddress)
{
    /// <summary>stage3a has some 11 KiB; a header this far away was not put there by any tool.</summary>
    private const int MaximumStage3a = 4 << 20;

    /// <returns>Null when the way to the components is broken; the faults say where.</returns>
    public static ImageMap? Read(SecureImage image, List<Fault> faults)
    {
        string where = image.Place;
        if (image.HeaderOffset < ImageFormat.MinimumHeaderAddress)
        {
            faults.Add(UnpackFaults.HeaderAlone(where));
            return null;
        }

        int region = (int)Math.Min(image.HeaderOffset - ImageFormat.Stage3aAddress, MaximumStage3a);
        if (region != image.HeaderOffset - ImageFormat.Stage3aAddress
            || image.Bytes.TryReadAt(ImageFormat.Stage3aAddress, region) is not { } stage3a
            || Stage3aArguments.TryFind(stage3a, image.Header.Size) is not { } arguments)
        {
            faults.Add(UnpackFaults.Stage3aArgumentsMissing(where));
            return null;
        }

        ImageMetadata? metadata = ReadMetadata(image);
        if (metadata is { } known && known.IpibOffset != (ulong)arguments.IpibAddress)
            faults.Add(UnpackFaults.MetadataDisagree(where));
        if (ReadIpib(image, arguments.IpibAddress) is not { } ipib)
        {
            faults.Add(UnpackFaults.BadIpib(where, arguments.IpibAddress));
            return null;
        }

        ImageMap map = new(arguments.Stage3aSize, ipib, arguments.IpibAddress);
        return map.CheckPlaces(image, faults) ? map : null;
    }

    /// <summary>Tests the bytes that no digest covers.</summary>
    public void CheckUnprotected(SecureImage image, List<Fault> faults)
    {
        string where = image.Place;
        if (image.Bytes.TryReadAt(0, ImageFormat.ShortPsw.Length) is not { } psw || !psw.AsSpan().SequenceEqual(ImageFormat.ShortPsw))
            faults.Add(UnpackFaults.ShortPsw(where));
        int metadataSize = ReadMetadata(image) is null ? 0 : ImageMetadata.Size;
        long headerEnd = image.HeaderOffset + image.Header.Size;
        CheckZeros(image, ImageFormat.ShortPsw.Length, ImageFormat.MetadataAddress, faults);
        CheckZeros(image, ImageFormat.MetadataAddress + metadataSize, ImageFormat.Stage3aAddress, faults);
        CheckZeros(image, ImageFormat.Stage3aAddress + Stage3aSize, image.HeaderOffset, faults);
        CheckZeros(image, headerEnd, ImageFormat.RoundUp(headerEnd), faults);
        long end = IpibAddress + Ipib.Size;
        if (image.Bytes.Length != end)
            faults.Add(UnpackFaults.TrailingBytes(where, end, image.Bytes.Length));
    }

    private static ImageMetadata? ReadMetadata(SecureImage image) =>
        image.Bytes.TryReadAt(ImageFormat.MetadataAddress, ImageMetadata.Size) is { } bytes ? ImageMetadata.TryRead(bytes) : null;

    private static Ipib? ReadIpib(SecureImage image, long address)
    {
        byte[] block = new byte[Ipib.SizeFor(Ipib.MaximumComponents)];
        int length = image.Bytes.ReadAt(address, block);
        return Ipib.TryRead(block.AsSpan(0, length));
    }

    private static void CheckZeros(SecureImage image, long start, long end, List<Fault> faults)
    {
        if (image.Bytes.TryReadAt(start, (int)(end - start)) is not { } gap)
            return;
        int at = gap.AsSpan().IndexOfAnyExcept((byte)0);
        if (at >= 0)
            faults.Add(UnpackFaults.NotZero(image.Place, start + at));
    }

    private bool CheckPlaces(SecureImage image, List<Fault> faults)
    {
        if (Ipib.HeaderAddress != (ulong)image.HeaderOffset || Ipib.HeaderSize != (ulong)image.Header.Size)
            faults.Add(UnpackFaults.IpibHeader(image.Place));
        long next = ImageFormat.RoundUp(image.HeaderOffset + image.Header.Size);
        foreach (ComponentPlacement component in Ipib.Components)
        {
            if (component.Address != next || component.StoredSize <= 0 || component.StoredSize % ImageFormat.PageSize != 0 || component.StoredSize > image.Bytes.Length - next)
            {
                faults.Add(UnpackFaults.ComponentPlaces(image.Place));
                return false;
            }

            next += component.StoredSize;
        }

        if (next == IpibAddress)
            return true;
        faults.Add(UnpackFaults.ComponentPlaces(image.Place));
        return false;
    }
}
