using System.Runtime.InteropServices;

namespace ImageFactory.Assembly.Tree;

/// <summary>A few bytes that the factory itself makes.</summary>
internal sealed record InlineContent(ReadOnlyMemory<byte> Bytes) : TreeContent(Bytes.Length)
{
    public override Stream Open() =>
        MemoryMarshal.TryGetArray(Bytes, out ArraySegment<byte> array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(Bytes.ToArray(), writable: false);
}
