namespace ImageFactory.Images.Pe;

/// <summary>The header values that measuring, listing and extending a PE file need; offsets are from the start of the file.</summary>
public sealed record PeHeaders
{
    public required ushort Machine { get; init; }

    public required bool IsPe32Plus { get; init; }

    public required uint SectionAlignment { get; init; }

    public required uint FileAlignment { get; init; }

    public required uint SizeOfImage { get; init; }

    public required uint SizeOfHeaders { get; init; }

    public required uint CheckSum { get; init; }

    public required ushort DllCharacteristics { get; init; }

    /// <summary>File offset and size of the certificates; both zero when the file is not signed.</summary>
    public required uint CertificateOffset { get; init; }

    public required uint CertificateSize { get; init; }

    /// <summary>Where the signature "PE\0\0" is.</summary>
    public required int PeOffset { get; init; }

    public required int SectionTableOffset { get; init; }

    /// <summary>Where the directory entry of the certificate table is; null when the header has no such entry.</summary>
    public required int? CertificateEntryOffset { get; init; }

    internal int OptionalOffset => PeOffset + PeFormat.Optional;

    internal int CheckSumOffset => OptionalOffset + PeFormat.CheckSum;
}
