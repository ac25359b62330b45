using System.Globalization;
using System.Text.Json;
using ImageFactory.Assembly.Bases;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.SecureExecution.Commands;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Luks;
using ImageFactory.SecureExecution.Reading;
using ImageFactory.SecureExecution.Trustee;
using ImageFactory.SecureExecution.Unpack;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.Assembly.Disk.S390x;

/// <summary>
/// Encrypts: kernel, initrd and command line become the Secure Execution image; with <c>root: luks</c> the root file system goes into a LUKS2
/// container whose key is appended to the initrd inside that image. What was written is unpacked again and compared, as the machine would.
/// </summary>
/// <remarks>
/// Keys are drawn here and live in this stage's memory only; the one way out is the owner's folder, outside of the store. So the output is other
/// bytes each time the stage runs, and an output whose owner's keys are gone does not serve any more.
/// </remarks>
internal sealed class SecureStage(Recipe recipe, SecureExecutionInputs inputs, DiskSeed seed, StageFile kernel, StageFile initrd, StageFile kernelVersion) : IStage
{
    private const string Revision = "1";

    public const string StageName = "secure";
    public const string ImageFile = "se.img";
    public const string RootFile = "root.luks";
    public const string HeaderFile = "se-header.bin";
    public const string ReferenceFile = "se-reference-values.json";
    public const string FactsFile = "se.json";

    private readonly OwnerKeyFolder? owner = inputs.Settings.Keys is { } keys ? new OwnerKeyFolder(keys.FullPath) : null;

    private bool Luks => recipe.RootProtection == RootProtection.Luks;

    public string Name => StageName;

    public IReadOnlyList<string> After =>
        [.. new[] { kernel.Stage, initrd.Stage, kernelVersion.Stage, LoadersStage.StageName, Luks ? RootImageStage.StageName : VerityStage.StageName }.Distinct()];

    public void Describe(StageKey key)
    {
        key.Add("revision", Revision)
            .Add("command-line", KernelCommandLine.Of(recipe, null, seed))
            .Add("root", inputs.Settings.Root.ToString())
            .Add("luks-uuid", seed.Uuid("luks").ToString())
            .Add("host-keys", inputs.HostKeys.Select(k => k.Phkh.Hex))
            .Add("flags", inputs.Flags.ToString())
            .Add("epoch", recipe.SourceDateEpoch);
        // Not its content, not even hashed: 32 bytes that somebody chose may be guessed.
        if (inputs.Settings.Cck is { } cck)
            key.Add("cck", string.Create(CultureInfo.InvariantCulture, $"{cck.FullPath} {File.GetLastWriteTimeUtc(cck.FullPath).Ticks}"));
    }

    /// <summary>Its keys are drawn here and given to their owner here.</summary>
    public bool MayBeShared => false;

    public bool StillServes(DirectoryInfo output) => owner is null || owner.Has(ReadFacts(output).Tag, Luks);

    public static SecureExecutionFacts ReadFacts(DirectoryInfo output) =>
        JsonSerializer.Deserialize<SecureExecutionFacts>(File.ReadAllText(Path.Combine(output.FullName, FactsFile)), CanonicalJson.Options)!;

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        List<Fault> faults = [];
        using OwnerKeys own = OwnerKeys.Read(inputs.Settings.Cck?.FullPath, null, null, faults);
        FactoryException.ThrowIfAny(faults);

        Sha256? rootHash = Luks ? null : await VerityStage.ReadRootHashAsync(scope, cancellation).ConfigureAwait(false);
        string commandLine = KernelCommandLine.Of(recipe, rootHash, seed);
        using Luks2Result? root = Luks ? await EncryptRootAsync(scope, cancellation).ConfigureAwait(false) : null;
        using SecretBytes? archive = root is null
            ? null
            : InitrdKeyArchive.Create(InitrdKind.Systemd, root.Uuid, root.Passphrase, DateTimeOffset.FromUnixTimeSeconds(recipe.SourceDateEpoch));

        SecureImageRequest request = Request(scope, commandLine, archive, own);
        using SecureImageResult image = await new SecureImageWriter(RandomSource.System) { Observer = new Progress(scope.Log) }.WriteAsync(request, cancellation).ConfigureAwait(false);
        Verify(request, image, cancellation);
        scope.Log.Info("unpacked and compared: the image holds what it should, and no byte of it is unaccounted for");

        await WriteFactsAsync(scope, request, image, root, rootHash, commandLine, cancellation).ConfigureAwait(false);
        WriteOwnerKeys(scope, image, root);
    }

    private async Task<Luks2Result> EncryptRootAsync(StageScope scope, CancellationToken cancellation)
    {
        Luks2Settings settings = new() { Uuid = seed.Uuid("luks") };
        await using FileStream plaintext = File.OpenRead(scope.Input(RootImageStage.StageName, RootImageStage.ImageFile));
        await using FileStream container = new(scope.OutputFile(RootFile), FileMode.CreateNew, FileAccess.ReadWrite);
        long size = Luks2Writer.SizeFor(settings, plaintext.Length);
        container.SetLength(size);
        return await new Luks2Writer(RandomSource.System).WriteAsync(plaintext, container, 0, size, settings, cancellation).ConfigureAwait(false);
    }

    private SecureImageRequest Request(StageScope scope, string commandLine, SecretBytes? archive, OwnerKeys own)
    {
        ComponentSource ramdisk = ComponentSource.File(initrd.In(scope));
        return new SecureImageRequest
        {
            Kernel = ComponentSource.File(kernel.In(scope)),
            Ramdisk = archive is null ? ramdisk : ComponentSource.Concatenate(4, ramdisk, ComponentSource.Secret("key of the root file system", archive)),
            CommandLine = ComponentSource.Bytes("command line", System.Text.Encoding.ASCII.GetBytes(commandLine)),
            HostKeys = inputs.HostKeys,
            LoaderFolder = scope.Inputs[LoadersStage.StageName].FullName,
            Output = scope.OutputFile(ImageFile),
            Flags = inputs.Flags,
            Cck = own.Cck,
        };
    }

    private static void Verify(SecureImageRequest request, SecureImageResult image, CancellationToken cancellation)
    {
        using FileStream file = File.OpenRead(image.Path);
        SecureImage written = SecureImage.Open(file, image.Path);
        UnpackCheck.Run(
            written,
            image.HeaderKey,
            new UnpackExpectations
            {
                Kernel = request.Kernel,
                Ramdisk = request.Ramdisk,
                CommandLine = request.CommandLine,
                LoaderFolder = request.LoaderFolder,
                ImageKey = image.ImageKey,
            },
            cancellation).OrThrow();
    }

    private async Task WriteFactsAsync(
        StageScope scope, SecureImageRequest request, SecureImageResult image, Luks2Result? root, Sha256? rootHash, string commandLine, CancellationToken cancellation)
    {
        await File.WriteAllBytesAsync(scope.OutputFile(HeaderFile), image.Header.Bytes.ToArray(), cancellation).ConfigureAwait(false);
        ReferenceValues values = ReferenceValues.Of(image.Header);
        await File.WriteAllTextAsync(scope.OutputFile(ReferenceFile), values.ToSample(), cancellation).ConfigureAwait(false);
        SecureExecutionFacts facts = new(
            values.Tag,
            [.. inputs.HostKeys.Select(k => new HostKeyFacts(System.IO.Path.GetFileName(k.File), k.Subject, k.Phkh, k.NotAfter))],
            await Sha256.OfFileAsync(request.Output, cancellation).ConfigureAwait(false),
            image.Size,
            inputs.Settings.Root == SecureRoot.Luks ? "luks" : "verity",
            root?.Uuid,
            rootHash?.Hex,
            commandLine,
            (await File.ReadAllTextAsync(kernelVersion.In(scope), cancellation).ConfigureAwait(false)).Trim());
        await File.WriteAllTextAsync(scope.OutputFile(FactsFile), CanonicalJson.Write(facts), cancellation).ConfigureAwait(false);
    }

    private void WriteOwnerKeys(StageScope scope, SecureImageResult image, Luks2Result? root)
    {
        if (owner is null)
            return;
        Dictionary<string, SecretBytes> keys = new(StringComparer.Ordinal)
        {
            [OwnerKeyFolder.HeaderKey] = image.HeaderKey,
            [OwnerKeyFolder.ImageKey] = image.ImageKey,
            [OwnerKeyFolder.Cck] = image.Cck,
        };
        if (root is not null)
            keys[OwnerKeyFolder.LuksPassphrase] = root.Passphrase;
        string tag = ReferenceValues.Of(image.Header).Tag;
        owner.Write(tag, keys);
        scope.Log.Info($"the owner's keys are in {owner.Of(tag)}");
    }

    private sealed class Progress(IStageLog log) : IWriteObserver
    {
        public void Writing(long done, long total) => log.Progress(done, total, "bytes");

        public void Syncing()
        {
        }

        public void Synced()
        {
        }
    }
}
