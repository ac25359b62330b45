using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Qcow2;
using ImageFactory.Measurement.Layout;
using ImageFactory.Measurement.Prediction;
using ImageFactory.Measurement.SecureBoot;
using ImageFactory.Measurement.Verity;
using ImageFactory.Model;

namespace ImageFactory.Measurement;

/// <summary>Predicts what an image will measure, from its bytes: nothing is booted, mounted or changed.</summary>
public static class ImageMeasurer
{
    /// <param name="path">A raw, qcow2 or VHD image.</param>
    /// <param name="shownAs">How its user named it.</param>
    /// <param name="digest">SHA-256 of the file, when it is known.</param>
    /// <exception cref="FactoryException">
    /// IFI1xx to IFI5xx: the image cannot be read. IFM1xx: it has not exactly one boot. IFM3xx: it cannot boot as the settings say.
    /// What else forbids publishing the values (IFM2xx) is in the result.
    /// </exception>
    public static async Task<ImageMeasurements> MeasureAsync(string path, string shownAs, Sha256? digest, MeasureSettings settings, CancellationToken cancellation)
    {
        using IExtentSource disk = DiskImage.Open(path);
        List<Fault> faults = [];
        BootLayout layout = LayoutReader.Read(disk, shownAs, faults);
        BootContent content = await ContentHasher.HashAsync(layout, shownAs, settings.Banks, null, null, cancellation).ConfigureAwait(false);
        RootBinding? root = await RootBindingReader.ReadAsync(disk, shownAs, layout, content, settings.RecomputeRootHash, faults, cancellation).ConfigureAwait(false);

        EfiProgram[] programs = [.. layout.Loaders, layout.Uki, .. layout.Addons];
        bool signed = programs.All(p => p.Content.Pe.Headers.CertificateSize > 0);
        if (settings.SecureBoot == true && !signed)
            throw new FactoryException([.. programs.Where(p => p.Content.Pe.Headers.CertificateSize == 0).Select(p => SecureBootFaults.NotSigned(shownAs, p.Path))]);
        if (content.PassedCommandLine.Length > 0)
            faults.Add(SecureBootFaults.PassedCommandLine(shownAs, content.PassedCommandLine));

        return new ImageMeasurements
        {
            Image = new ImageIdentity(shownAs, FormatOf(disk, path), disk.Length, digest),
            Boot = new BootDescription(
                layout.Chain,
                [.. programs.Select(p => p.Path)],
                layout.Uki.Content.Stub?.Text,
                content.KernelRules.Release,
                BootPredictor.KernelCommandLine(content, new BootSettings()),
                [.. layout.Credentials.Concat(layout.GlobalCredentials).Concat(layout.SystemExtensions).Concat(layout.ConfigurationExtensions).Select(s => s.Path)],
                signed,
                layout.ResetsOnce),
            Root = root,
            Boots = [.. Kinds(settings, signed, programs, shownAs).Select(kind => BootPredictor.Predict(content, kind))],
            Faults = faults,
        };
    }

    private static IEnumerable<BootSettings> Kinds(MeasureSettings settings, bool signed, EfiProgram[] programs, string image)
    {
        bool[] secureBoot = settings.SecureBoot is { } one ? [one] : signed ? [false, true] : [false];
        foreach (bool on in secureBoot)
        {
            EnrolledKeys? keys = settings.Keys is { } enrolled && on
                ? enrolled with { Accepting = SignatureReader.Accepting(enrolled, programs, image) }
                : settings.Keys;
            foreach (IReadOnlyList<string> path in settings.PhasePaths)
                yield return new BootSettings { SecureBoot = on, Phases = path, Keys = keys };
        }
    }

    private static string FormatOf(IExtentSource disk, string path) =>
        disk is Qcow2Source ? "qcow2" : disk is RawFileSource && new FileInfo(path).Length == disk.Length ? "raw" : "vhd";
}
