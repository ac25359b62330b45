using ImageFactory.SecureExecution.Headers;

namespace ImageFactory.SecureExecution.Format;

/// <summary>Where everything goes, known from sizes alone (SE format, section 1).</summary>
internal sealed record ImageLayout(long HeaderAddress, int HeaderSize, IReadOnlyList<LaidOutComponent> Components, long IpibAddress)
{
    public long FileSize => IpibAddress + Ipib.SizeFor(Components.Count);

    /// <param name="components">Kind and original size, in image order.</param>
    public static ImageLayout For(int stage3aSize, int keySlots, IReadOnlyList<(ComponentKind Kind, long Size)> components)
    {
        long header = Math.Max(ImageFormat.RoundUp(ImageFormat.Stage3aAddress + (long)stage3aSize), ImageFormat.MinimumHeaderAddress);
        int headerSize = SecureExecutionHeader.SizeFor(keySlots);
        long next = ImageFormat.RoundUp(header + headerSize);
        List<LaidOutComponent> placed = new(components.Count);
        foreach ((ComponentKind kind, long size) in components)
        {
            // Even nothing takes a page: the Ultravisor knows no component without one.
            long stored = Math.Max(ImageFormat.RoundUp(size), ImageFormat.PageSize);
            placed.Add(new LaidOutComponent(kind, next, size, stored));
            next += stored;
        }

        return new ImageLayout(header, headerSize, placed, next);
    }

    public StagePart Part(ComponentKind kind) =>
        Components.Where(c => c.Kind == kind).Select(c => new StagePart(c.Address, c.Size)).FirstOrDefault();
}

/// <param name="Size">Bytes of content.</param>
/// <param name="StoredSize">Bytes in whole pages.</param>
internal sealed record LaidOutComponent(ComponentKind Kind, long Address, long Size, long StoredSize);
