using System.Buffers.Binary;
using System.Text;
using ImageFactory.Images.Extents;

namespace ImageFactory.Measurement.Stub;

/// <summary>What the EFI stub of a kernel measures into PCR 9: it is not compressed, so the names of its events can be looked for.</summary>
/// <param name="Release">What the bzImage says of itself (<c>6.12.107-cloud-amd64</c>), or null.</param>
/// <param name="MeasuresCommandLine">The string <c>LOADED_IMAGE::LoadOptions</c> is there.</param>
/// <param name="MeasuresInitrd">The string <c>Linux initrd</c> is there.</param>
internal sealed record KernelRules(string? Release, bool MeasuresCommandLine, bool MeasuresInitrd)
{
    private const int ChunkSize = 1 << 20;

    /// <summary>Series of kernels whose events were seen in recorded boots.</summary>
    private static readonly string[] Verified = ["6.12."];

    private static ReadOnlySpan<byte> CommandLineEvent => "LOADED_IMAGE::LoadOptions"u8;

    private static ReadOnlySpan<byte> InitrdEvent => "Linux initrd"u8;

    /// <summary>Why PCR 9 is not certain; null when boots of this series were recorded.</summary>
    public string? Doubt =>
        Release is null ? "the kernel does not say its release"
        : Verified.Any(v => Release.StartsWith(v, StringComparison.Ordinal)) ? null
        : $"no boot with kernel {Release} was recorded; its events were taken from the strings in its EFI stub";

    public static KernelRules Read(IExtentSource linux, CancellationToken cancellation)
    {
        bool commandLine = false;
        bool initrd = false;
        int overlap = CommandLineEvent.Length - 1;
        byte[] buffer = new byte[(int)Math.Min(ChunkSize + overlap, linux.Length)];
        for (long offset = 0; offset < linux.Length && !(commandLine && initrd); offset += ChunkSize)
        {
            cancellation.ThrowIfCancellationRequested();
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, linux.Length - offset));
            linux.Read(offset, part);
            commandLine |= part.IndexOf(CommandLineEvent) >= 0;
            initrd |= part.IndexOf(InitrdEvent) >= 0;
        }

        return new KernelRules(ReleaseOf(linux), commandLine, initrd);
    }

    /// <summary>
    /// Linux' Documentation/arch/x86/boot.rst: "HdrS" at 0x202, and at 0x20e a 16-bit little-endian offset from 0x200 to the release,
    /// which ends with a blank or NUL.
    /// </summary>
    private static string? ReleaseOf(IExtentSource linux)
    {
        const int Limit = 80;
        Span<byte> header = stackalloc byte[0x10];
        if (linux.Length < 0x210)
            return null;
        linux.Read(0x200, header);
        int at = BinaryPrimitives.ReadUInt16LittleEndian(header[0xe..]) + 0x200;
        if (!header[2..6].SequenceEqual("HdrS"u8) || at == 0x200 || at >= linux.Length)
            return null;
        Span<byte> text = stackalloc byte[(int)Math.Min(Limit, linux.Length - at)];
        linux.Read(at, text);
        int end = text.IndexOfAny((byte)' ', (byte)0);
        string release = Encoding.Latin1.GetString(end < 0 ? text : text[..end]);
        return release.Length > 0 && release.All(c => char.IsAsciiLetterOrDigit(c) || ".-_+~".Contains(c, StringComparison.Ordinal)) ? release : null;
    }
}
