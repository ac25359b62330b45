using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Format;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.Reading;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Unpack;

/// <summary>
/// The Ultravisor in software: opens the header, computes the digests anew, decrypts every component and compares it with
/// what it was made from. Also tests the bytes that no digest covers, so that no byte of an image can change unseen.
/// </summary>
public sealed class UnpackCheck
{
    private const int BufferSize = 1 << 20;

    private readonly SecureImage image;
    private readonly string where;
    private readonly List<Fault> faults = [];
    private readonly byte[] buffer = new byte[BufferSize];
    private readonly byte[] compared = new byte[BufferSize];
    private readonly byte[] tweaks = new byte[BufferSize / ImageFormat.PageSize * AesXts.TweakSize];
    private readonly byte[] addresses = new byte[BufferSize / ImageFormat.PageSize * sizeof(long)];

    private UnpackCheck(SecureImage image)
    {
        this.image = image;
        where = image.Place;
    }

    /// <summary>Everything a machine tests, and with <paramref name="expected"/> also the content.</summary>
    /// <param name="headerKey">From the writer or the owner, or out of a key slot: <see cref="HeaderKeyRecovery"/>.</param>
    public static UnpackReport Run(SecureImage image, SecretBytes headerKey, UnpackExpectations? expected, CancellationToken cancellation)
    {
        UnpackCheck check = new(image);
        try
        {
            return new UnpackReport(check.faults, check.Run(headerKey, expected, cancellation));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(check.buffer);
            CryptographicOperations.ZeroMemory(check.compared);
        }
    }

    private List<UnpackedComponent> Run(SecretBytes headerKey, UnpackExpectations? expected, CancellationToken cancellation)
    {
        using HeaderSecrets? secrets = OpenSecrets(headerKey);
        ImageMap? map = ImageMap.Read(image, faults);
        if (map is null)
            return [];
        map.CheckUnprotected(image, faults);
        LoaderBlobs? loaders = expected?.LoaderFolder is { } folder ? LoaderBlobs.Read(folder, faults) : null;
        if (loaders is not null)
            CompareStage3a(map, loaders);
        if (secrets is null)
        {
            Digest(map, cipher: null, sizes: null, expected: null, cancellation);
            return [];
        }

        if (expected?.ImageKey is { } imageKey && !imageKey.SameAs(secrets.ImageKey))
            faults.Add(UnpackFaults.ImageKeyDiffers(where));
        if (AesXts.HasEqualHalves(secrets.ImageKey))
        {
            faults.Add(UnpackFaults.UnequalKeyHalves(where));
            return [];
        }

        bool encrypted = !image.Header.Flags.HasFlag(PlaintextFlags.NoComponentEncryption);
        using AesXts? cipher = encrypted ? new AesXts(secrets.ImageKey) : null;
        Dictionary<ComponentKind, long>? sizes = ReadSizes(map, cipher, loaders);
        CheckStart(map, secrets, expected);
        return Digest(map, cipher, sizes, expected, cancellation);
    }

    private HeaderSecrets? OpenSecrets(SecretBytes headerKey)
    {
        try
        {
            return HeaderSecrets.Open(image.Header, headerKey, where);
        }
        catch (FactoryException exception)
        {
            faults.AddRange(exception.Faults);
            return null;
        }
    }

    private void CompareStage3a(ImageMap map, LoaderBlobs loaders)
    {
        int code = loaders.Stage3a.Length - Stage3aArguments.Size;
        byte[] found = image.Bytes.TryReadAt(ImageFormat.Stage3aAddress, map.Stage3aSize - Stage3aArguments.Size) ?? [];
        int same = found.AsSpan().CommonPrefixLength(loaders.Stage3a.AsSpan(0, code));
        if (found.Length != code || same != code)
            faults.Add(UnpackFaults.Stage3aChanged(where, ImageFormat.Stage3aAddress + same));
    }

    private void CheckStart(ImageMap map, HeaderSecrets secrets, UnpackExpectations? expected)
    {
        long stage3b = map.Ipib.Components[^1].Address;
        if (secrets.PswAddress != (ulong)stage3b && expected?.OwnPswAddress != true)
            faults.Add(UnpackFaults.WrongPsw(where, secrets.PswAddress, stage3b));
    }

    /// <summary>
    /// stage3b, the last component, is small and knows the original sizes of the others. Its arguments end with a PSW that is
    /// always the same; behind it there are only zeros.
    /// </summary>
    private Dictionary<ComponentKind, long>? ReadSizes(ImageMap map, AesXts? cipher, LoaderBlobs? loaders)
    {
        ComponentPlacement placement = map.Ipib.Components[^1];
        if (placement.Kind != ComponentKind.Stage3b || placement.StoredSize > BufferSize)
        {
            faults.Add(UnpackFaults.Stage3bArguments(where));
            return null;
        }

        Span<byte> stage3b = ReadDecrypted(placement, 0, (int)placement.StoredSize, cipher);
        int size = stage3b.LastIndexOfAnyExcept((byte)0) + 1;
        // The PSW's last two bytes are zeros: 0x0000000000010000.
        size += 2;
        Span<byte> expectedPsw = stackalloc byte[Stage3bArguments.Size];
        default(Stage3bArguments).Write(expectedPsw);
        if (size < Stage3bArguments.Size || size > stage3b.Length || !stage3b[(size - 16)..size].SequenceEqual(expectedPsw[^16..]))
        {
            faults.Add(UnpackFaults.Stage3bArguments(where));
            return null;
        }

        if (loaders is not null)
            CompareStage3b(stage3b[..size], loaders);
        return SizesFrom(map, Stage3bArguments.Read(stage3b[..size]), size);
    }

    private void CompareStage3b(ReadOnlySpan<byte> stage3b, LoaderBlobs loaders)
    {
        ReadOnlySpan<byte> code = loaders.Stage3b.AsSpan(..^Stage3bArguments.Size);
        int same = stage3b[..^Stage3bArguments.Size].CommonPrefixLength(code);
        if (stage3b.Length != loaders.Stage3b.Length || same != code.Length)
            faults.Add(UnpackFaults.Stage3bChanged(where, same));
    }

    private Dictionary<ComponentKind, long>? SizesFrom(ImageMap map, Stage3bArguments arguments, int stage3bSize)
    {
        Dictionary<ComponentKind, long> sizes = new() { [ComponentKind.Stage3b] = stage3bSize };
        foreach (ComponentPlacement component in map.Ipib.Components.SkipLast(1))
        {
            StagePart part = component.Kind switch
            {
                ComponentKind.Kernel => arguments.Kernel,
                ComponentKind.Ramdisk => arguments.Ramdisk,
                ComponentKind.CommandLine => arguments.CommandLine,
                _ => default,
            };
            bool fits = part.Address == component.Address && part.Size >= 0 && Math.Max(ImageFormat.RoundUp(part.Size), ImageFormat.PageSize) == component.StoredSize;
            if (!fits || !sizes.TryAdd(component.Kind, part.Size))
            {
                faults.Add(UnpackFaults.Stage3bArguments(where));
                return null;
            }
        }

        return sizes;
    }

    private List<UnpackedComponent> Digest(
        ImageMap map,
        AesXts? cipher,
        Dictionary<ComponentKind, long>? sizes,
        UnpackExpectations? expected,
        CancellationToken cancellation)
    {
        using IncrementalHash pageHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        using IncrementalHash addressHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        using IncrementalHash tweakHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        List<UnpackedComponent> components = [];
        ulong pages = 0;
        foreach (ComponentPlacement placement in map.Ipib.Components)
        {
            long size = sizes?.GetValueOrDefault(placement.Kind) ?? -1;
            using ContentCheck? content = size < 0 ? null : ContentCheck.For(placement.Kind, size, expected);
            for (long offset = 0; offset < placement.StoredSize; offset += BufferSize)
            {
                cancellation.ThrowIfCancellationRequested();
                Span<byte> data = buffer.AsSpan(0, (int)Math.Min(BufferSize, placement.StoredSize - offset));
                image.Bytes.ReadAt(placement.Address + offset, data);
                int count = data.Length / ImageFormat.PageSize;
                Span<byte> pageTweaks = tweaks.AsSpan(0, count * AesXts.TweakSize);
                placement.WriteTweaks(offset, pageTweaks);
                pageHash.AppendData(data);
                addressHash.AppendData(PageAddresses.Write(placement.Address + offset, count, addresses));
                tweakHash.AppendData(pageTweaks);
                pages += (ulong)count;
                if (content is null)
                    continue;
                cipher?.Decrypt(data, ImageFormat.PageSize, pageTweaks);
                content.Add(offset, data, compared);
            }

            if (content is not null)
                components.Add(content.Finish(placement, where, faults));
        }

        ReportMissing(map, expected);
        CompareDigests(pages, pageHash, addressHash, tweakHash);
        return components;
    }

    private void CompareDigests(ulong pages, IncrementalHash pageHash, IncrementalHash addressHash, IncrementalHash tweakHash)
    {
        if (pages != image.Header.ComponentPages)
            faults.Add(UnpackFaults.PageCount(where, image.Header.ComponentPages, pages));
        if (!pageHash.GetHashAndReset().AsSpan().SequenceEqual(image.Header.PageDigest))
            faults.Add(UnpackFaults.PageDigest(where));
        if (!addressHash.GetHashAndReset().AsSpan().SequenceEqual(image.Header.AddressDigest))
            faults.Add(UnpackFaults.AddressDigest(where));
        if (!tweakHash.GetHashAndReset().AsSpan().SequenceEqual(image.Header.TweakDigest))
            faults.Add(UnpackFaults.TweakDigest(where));
    }

    private void ReportMissing(ImageMap map, UnpackExpectations? expected)
    {
        if (expected is null)
            return;
        foreach ((ComponentKind kind, ComponentSource? source) in ContentCheck.Sources(expected))
        {
            bool present = map.Ipib.Components.Any(c => c.Kind == kind);
            if (source is not null && !present)
                faults.Add(UnpackFaults.ComponentMissing(where, kind, source.Name));
            else if (source is null && present)
                faults.Add(UnpackFaults.ComponentUnexpected(where, kind));
        }
    }

    private Span<byte> ReadDecrypted(ComponentPlacement placement, long offset, int length, AesXts? cipher)
    {
        Span<byte> data = buffer.AsSpan(0, length);
        image.Bytes.ReadAt(placement.Address + offset, data);
        Span<byte> pageTweaks = tweaks.AsSpan(0, length / ImageFormat.PageSize * AesXts.TweakSize);
        placement.WriteTweaks(offset, pageTweaks);
        cipher?.Decrypt(data, ImageFormat.PageSize, pageTweaks);
        return data;
    }
}
