using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Format;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Unpack;

/// <summary>Digests one decrypted component, compares it with its input when there is one, and tests that its last page ends with zeros.</summary>
internal sealed class ContentCheck : IDisposable
{
    private readonly ComponentKind kind;
    private readonly long size;
    private readonly string? inputName;
    private readonly ComponentReader? input;
    private readonly IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long? difference;
    private bool dirtyTail;

    private ContentCheck(ComponentKind kind, long size, ComponentSource? source)
    {
        this.kind = kind;
        this.size = size;
        inputName = source?.Name;
        input = source?.Open();
    }

    public static ContentCheck For(ComponentKind kind, long size, UnpackExpectations? expected) =>
        new(kind, size, expected is null ? null : Sources(expected).FirstOrDefault(s => s.Kind == kind).Source);

    public static IEnumerable<(ComponentKind Kind, ComponentSource? Source)> Sources(UnpackExpectations expected) =>
    [
        (ComponentKind.Kernel, expected.Kernel),
        (ComponentKind.Ramdisk, expected.Ramdisk),
        (ComponentKind.CommandLine, expected.CommandLine),
    ];

    public void Add(long offset, ReadOnlySpan<byte> data, Span<byte> scratch)
    {
        int used = (int)Math.Clamp(size - offset, 0, data.Length);
        digest.AppendData(data[..used]);
        dirtyTail |= data[used..].ContainsAnyExcept((byte)0);
        if (input is null || difference is not null)
            return;
        Span<byte> wanted = scratch[..used];
        int read = input.Read(offset, wanted);
        // A command line has one NUL more than its input, unless the input ends with one.
        if (kind == ComponentKind.CommandLine && read < used)
            wanted[read..].Clear();
        else if (read < used)
            difference = offset + read;
        int same = data[..used].CommonPrefixLength(wanted);
        if (same < used)
            difference = offset + same;
    }

    public UnpackedComponent Finish(ComponentPlacement placement, string where, List<Fault> faults)
    {
        if (difference is null && input is not null && SizeDiffers(input.Length))
            difference = Math.Min(size, input.Length);
        if (difference is { } at)
            faults.Add(UnpackFaults.ComponentDiffers(where, kind, inputName!, at));
        if (dirtyTail)
            faults.Add(UnpackFaults.PlaintextTail(where, kind));
        return new UnpackedComponent(kind, placement.Address, size, new Sha256(digest.GetHashAndReset()));
    }

    public void Dispose()
    {
        input?.Dispose();
        digest.Dispose();
    }

    private bool SizeDiffers(long length) => kind == ComponentKind.CommandLine ? size != length && size != length + 1 : size != length;
}
