using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Writing;

/// <summary>
/// The bytes of a kernel, a ramdisk or a command line: a file, memory, or one behind the other. A ramdisk is usually a
/// file with a small archive appended that holds the disk's key, so that the key is never written down in plain text.
/// </summary>
public abstract class ComponentSource
{
    /// <summary>How faults name it.</summary>
    public abstract string Name { get; }

    public static ComponentSource File(string path) => new FileSource(path);

    public static ComponentSource Bytes(string name, ReadOnlyMemory<byte> bytes) => new MemorySource(name, bytes);

    /// <summary>The caller clears the secret after the image is written.</summary>
    public static ComponentSource Secret(string name, SecretBytes secret) => new SecretSource(name, secret);

    /// <summary>One behind the other, each but the last padded with zeros to a multiple of <paramref name="alignment"/> (4 for initrds).</summary>
    public static ComponentSource Concatenate(int alignment, params IReadOnlyList<ComponentSource> parts) => new ConcatenatedSource(alignment, parts);

    /// <exception cref="IOException">The file cannot be opened or measured.</exception>
    internal abstract ComponentReader Open();

    private sealed class FileSource(string path) : ComponentSource
    {
        public override string Name => path;

        internal override ComponentReader Open() => ComponentReader.OverFile(path);
    }

    private sealed class MemorySource(string name, ReadOnlyMemory<byte> bytes) : ComponentSource
    {
        public override string Name => name;

        internal override ComponentReader Open() => ComponentReader.Over(bytes.Length, (offset, target) => Copy(bytes.Span, offset, target));
    }

    private sealed class SecretSource(string name, SecretBytes secret) : ComponentSource
    {
        public override string Name => name;

        internal override ComponentReader Open() => ComponentReader.Over(secret.Length, (offset, target) => Copy(secret.Span, offset, target));
    }

    private sealed class ConcatenatedSource(int alignment, IReadOnlyList<ComponentSource> parts) : ComponentSource
    {
        public override string Name => string.Join(" + ", parts.Select(p => p.Name));

        internal override ComponentReader Open() => ComponentReader.OverParts(alignment, parts);
    }

    private static int Copy(ReadOnlySpan<byte> from, long offset, Span<byte> target)
    {
        int count = (int)Math.Min(target.Length, from.Length - offset);
        from.Slice((int)offset, count).CopyTo(target);
        return count;
    }
}
