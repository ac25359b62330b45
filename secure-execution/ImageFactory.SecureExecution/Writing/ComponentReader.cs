using Microsoft.Win32.SafeHandles;

namespace ImageFactory.SecureExecution.Writing;

/// <summary>An open component: its length and reads at any place.</summary>
internal sealed class ComponentReader : IDisposable
{
    private readonly ReadAt read;
    private readonly IReadOnlyList<IDisposable> owned;

    private ComponentReader(long length, ReadAt read, IReadOnlyList<IDisposable> owned)
    {
        Length = length;
        this.read = read;
        this.owned = owned;
    }

    /// <summary>Copies at most the target's length from an offset, and says how much; 0 at the end.</summary>
    public delegate int ReadAt(long offset, Span<byte> target);

    /// <summary>Size when it was opened.</summary>
    public long Length { get; }

    public static ComponentReader Over(long length, ReadAt read) => new(length, read, []);

    public static ComponentReader OverFile(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);
        try
        {
            return new ComponentReader(RandomAccess.GetLength(handle), (offset, target) => RandomAccess.Read(handle, target, offset), [handle]);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public static ComponentReader OverParts(int alignment, IReadOnlyList<ComponentSource> parts)
    {
        List<ComponentReader> readers = new(parts.Count);
        try
        {
            List<long> starts = new(parts.Count);
            long end = 0;
            foreach (ComponentSource part in parts)
            {
                ComponentReader reader = part.Open();
                readers.Add(reader);
                long start = (end + alignment - 1) / alignment * alignment;
                starts.Add(start);
                end = start + reader.Length;
            }

            return new ComponentReader(end, (offset, target) => ReadParts(readers, starts, offset, target), readers);
        }
        catch
        {
            readers.ForEach(r => r.Dispose());
            throw;
        }
    }

    /// <summary>Fills the target unless the component ends before.</summary>
    public int Read(long offset, Span<byte> target)
    {
        int total = 0;
        while (total < target.Length)
        {
            int count = read(offset + total, target[total..]);
            if (count == 0)
                break;
            total += count;
        }

        return total;
    }

    public void Dispose()
    {
        foreach (IDisposable item in owned)
            item.Dispose();
    }

    private static int ReadParts(List<ComponentReader> readers, List<long> starts, long offset, Span<byte> target)
    {
        for (int i = 0; i < readers.Count; i++)
        {
            long end = starts[i] + readers[i].Length;
            if (offset < starts[i])
            {
                int padding = (int)Math.Min(target.Length, starts[i] - offset);
                target[..padding].Clear();
                return padding;
            }

            if (offset < end)
                return readers[i].Read(offset - starts[i], target[..(int)Math.Min(target.Length, end - offset)]);
        }

        return 0;
    }
}
