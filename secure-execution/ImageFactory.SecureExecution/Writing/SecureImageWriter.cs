using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Format;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.HostKeys;
using Microsoft.Win32.SafeHandles;

namespace ImageFactory.SecureExecution.Writing;

/// <summary>
/// Makes a kernel and its initrd a Secure Execution image (SE format, sections 1 to 8). Same bytes as pvimg makes from the same random values.
/// </summary>
/// <remarks>
/// Random values are drawn in this order: image key (64, even when one is given), the tweak of each component in image
/// order (6), CCK (32, unless given), IV (12), customer key, header key (32, unless given).
/// </remarks>
public sealed class SecureImageWriter(RandomSource random)
{
    private const int TweakRandomSize = 6;

    public IWriteObserver? Observer { get; init; }

    /// <summary>The faults that <see cref="WriteAsync(SecureImageRequest, CancellationToken)"/> would find before it writes; nothing is written.</summary>
    public static IReadOnlyList<Fault> Check(SecureImageRequest request) => PreparedInputs.Check(request);

    /// <exception cref="FactoryException">
    /// IFS201 to IFS205, IFS211 to IFS222 together, before a byte is written; IFS301 to IFS305. No image and no <c>.part</c> is left then.
    /// </exception>
    public async Task<SecureImageResult> WriteAsync(SecureImageRequest request, CancellationToken cancellation)
    {
        using PreparedInputs inputs = PreparedInputs.Open(request);
        ImageLayout layout = inputs.Layout;
        using PartialFile file = PartialFile.Create(request.Output, request.Overwrite, layout.FileSize);
        DrawnKeys keys = new(request, random, layout);
        try
        {
            SecureExecutionHeader header = await WriteAsync(request, inputs, keys, file.Handle, cancellation).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            file.Complete(Observer);
            return new SecureImageResult(request.Output, layout.FileSize, header) { HeaderKey = keys.HeaderKey, ImageKey = keys.ImageKey, Cck = keys.Cck };
        }
        catch (IOException cause)
        {
            keys.Dispose();
            throw new FactoryException(PartialFile.IsNoSpace(cause) ? WriterFaults.NoSpace(request.Output, layout.FileSize) : WriterFaults.CannotWrite(request.Output, cause), cause);
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    private async Task<SecureExecutionHeader> WriteAsync(SecureImageRequest request, PreparedInputs inputs, DrawnKeys keys, SafeFileHandle output, CancellationToken cancellation)
    {
        ImageLayout layout = inputs.Layout;
        bool encrypted = !request.Flags.Plaintext.HasFlag(PlaintextFlags.NoComponentEncryption);
        using AesXts? cipher = encrypted ? new AesXts(keys.ImageKey.Span) : null;
        using PagePipeline pipeline = new(output, cipher, Observer);
        ComponentDigests digests = await pipeline.RunAsync(keys.Placements, inputs.Contents, cancellation).ConfigureAwait(false);

        byte[] header = Seal(request, keys, digests, layout);
        Ipib ipib = new((ulong)layout.HeaderAddress, (ulong)layout.HeaderSize, keys.Placements);
        ImageMetadata metadata = new((ulong)layout.HeaderAddress, ImageMetadata.CurrentVersion, (ulong)layout.IpibAddress);
        byte[] stage3a = inputs.Loaders.Stage3a;
        Stage3aArguments.Write(stage3a, layout.HeaderAddress, layout.HeaderSize, layout.IpibAddress);

        RandomAccess.Write(output, ImageFormat.ShortPsw, 0);
        RandomAccess.Write(output, metadata.ToBytes(), ImageFormat.MetadataAddress);
        RandomAccess.Write(output, stage3a, ImageFormat.Stage3aAddress);
        RandomAccess.Write(output, header, layout.HeaderAddress);
        RandomAccess.Write(output, ipib.ToBytes(), layout.IpibAddress);
        return SecureExecutionHeader.Parse(header, request.Output);
    }

    private static byte[] Seal(SecureImageRequest request, DrawnKeys keys, ComponentDigests digests, ImageLayout layout)
    {
        ulong start = request.PswAddress ?? (ulong)layout.Part(ComponentKind.Stage3b).Address;
        using HeaderSecrets secrets = HeaderSecrets.Create(keys.Cck, keys.ImageKey, start, request.Flags.Secret);
        List<KeySlot> slots = new(request.HostKeys.Count);
        foreach (HostKeyDocument document in request.HostKeys)
            slots.Add(KeySlot.Wrap(keys.HeaderKey, keys.CustomerKey, document.PublicKey));
        byte[] customerKey = HostPublicKey.Encode(keys.CustomerKey.ExportParameters(false).Q);
        keys.CustomerKey.Dispose();
        return HeaderSealer.Seal(new HeaderContent(keys.Iv, request.Flags.Plaintext, customerKey, digests, slots), secrets, keys.HeaderKey);
    }

    /// <summary>Keys given by the owner (copied, so that each copy has one owner) or drawn.</summary>
    private sealed class DrawnKeys : IDisposable
    {
        public DrawnKeys(SecureImageRequest request, RandomSource random, ImageLayout layout)
        {
            SecretBytes drawn = random.Draw(HeaderKeys.ImageKeySize);
            while (AesXts.HasEqualHalves(drawn.Span))
                random.Fill(drawn.Span);
            ImageKey = Choose(request.ImageKey, drawn);
            Placements = [.. layout.Components.Select(c => Place(c, random))];
            Cck = request.Cck is null ? random.Draw(HeaderKeys.CckSize) : new SecretBytes(request.Cck.Span);
            random.Fill(Iv);
            CustomerKey = random.CreateCustomerKey();
            HeaderKey = request.HeaderKey is null ? random.Draw(HeaderKeys.HeaderKeySize) : new SecretBytes(request.HeaderKey.Span);
        }

        public SecretBytes ImageKey { get; }

        public SecretBytes Cck { get; }

        public SecretBytes HeaderKey { get; }

        public byte[] Iv { get; } = new byte[SecureExecutionHeader.IvSize];

        public ECDiffieHellman CustomerKey { get; }

        public IReadOnlyList<ComponentPlacement> Placements { get; }

        public void Dispose()
        {
            ImageKey.Dispose();
            Cck.Dispose();
            HeaderKey.Dispose();
            CustomerKey.Dispose();
        }

        private static SecretBytes Choose(SecretBytes? given, SecretBytes drawn)
        {
            if (given is null)
                return drawn;
            drawn.Dispose();
            return new SecretBytes(given.Span);
        }

        private static ComponentPlacement Place(LaidOutComponent component, RandomSource random)
        {
            Span<byte> tweak = stackalloc byte[TweakRandomSize];
            random.Fill(tweak);
            return new ComponentPlacement(ComponentPlacement.MakePrefix(component.Kind, tweak), component.Address, component.StoredSize);
        }
    }
}
