using System.Globalization;
using System.Text;
using System.Text.Json;
using ImageFactory.Build.Reporting;
using ImageFactory.Measurement;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Reporting;
using ImageFactory.Model;
using ImageFactory.Model.Manifests;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Registry;
using ImageFactory.Registry.References;
using ImageFactory.SecureExecution.Trustee;
using ImageFactory.Trust.Keys;
using ImageFactory.Trust.Verifying;

namespace ImageFactory.Build.Composition;

/// <param name="Subject">As the caller wrote it.</param>
/// <param name="FullPath">The same as a path.</param>
/// <param name="KeyFile">Public key of who signed; null: signatures are not looked at.</param>
/// <param name="HeaderKeyFile">Of a Secure Execution image: the owner's key of its header.</param>
/// <param name="HostKeyFile">Instead of it: a machine's private key.</param>
internal sealed record VerifyQuestion(string Subject, string FullPath, string? KeyFile, string? HeaderKeyFile, string? HostKeyFile);

/// <summary>Says of artifacts, wherever they lie, what holds, what does not, and what nobody looked at.</summary>
internal sealed class VerifyAnswers(FactoryOptions options, IProgramRunner programs, TimeProvider time)
{
    private readonly Verification verification = new();

    public async Task<Answer> VerifyAsync(VerifyQuestion question, CancellationToken cancellation)
    {
        VerificationKey? key = question.KeyFile is { } file ? VerificationKey.Load(file, programs) : null;
        if (Directory.Exists(question.FullPath))
            await VerifyFolderAsync(question, question.FullPath, question.Subject, null, key, cancellation).ConfigureAwait(false);
        else if (File.Exists(question.FullPath))
            await VerifyFolderAsync(question, Path.GetDirectoryName(question.FullPath)!, Path.GetDirectoryName(question.Subject) ?? "", Path.GetFileName(question.FullPath), key, cancellation).ConfigureAwait(false);
        else if (ImageReference.TryParse(question.Subject, out ImageReference? reference, out _))
            await VerifyPushedAsync(question, reference!, key, cancellation).ConfigureAwait(false);
        else
            throw new FactoryException(VerificationFaults.NoSuchThing(question.Subject));
        return Tell(question.Subject);
    }

    private async Task VerifyFolderAsync(VerifyQuestion question, string folder, string shown, string? image, VerificationKey? key, CancellationToken cancellation)
    {
        if (await new FolderVerifier(folder, shown, key, verification).RunAsync(cancellation).ConfigureAwait(false) is not { } manifest)
            return;
        if (image is not null && manifest.Content.Artifacts.All(a => a.File != image))
            verification.Wrong(image, VerificationFaults.NotOfThisManifest(question.Subject, Path.Combine(shown, FolderVerifier.ManifestFile)));
        if (manifest.Content.Artifacts.FirstOrDefault(a => a.Kind == "disk") is not { } disk || !File.Exists(Path.Combine(folder, disk.File)))
            return;

        string path = Path.Combine(folder, disk.File);
        if (manifest.Content.SecureExecution is { } secure)
            VerifySecureExecution(question, path, Path.Combine(shown, disk.File), secure, cancellation);
        if (manifest.Content.Artifacts.FirstOrDefault(a => a.File == MeasurementReport.FileName) is not { } measurements)
            verification.NotVerified("measurements", "the build left none");
        else if (File.Exists(Path.Combine(folder, measurements.File)))
            await VerifyMeasurementsAsync(path, Path.Combine(shown, disk.File), await File.ReadAllBytesAsync(Path.Combine(folder, measurements.File), cancellation).ConfigureAwait(false), Path.Combine(shown, measurements.File), cancellation).ConfigureAwait(false);
    }

    private async Task VerifyPushedAsync(VerifyQuestion question, ImageReference reference, VerificationKey? key, CancellationToken cancellation)
    {
        DirectoryInfo work = Directory.CreateTempSubdirectory("imagefactory-verify-");
        try
        {
            using RegistryClient client = new(RegistryLocations.Find(options), time);
            foreach (PulledImage image in await new PushedImageVerifier(client, reference, key, verification).RunAsync(work, cancellation).ConfigureAwait(false))
            {
                if (question.HeaderKeyFile is not null || question.HostKeyFile is not null)
                    Unpack(question, image.Disk, image.Shown, cancellation);
                if (image.Measurements is { } measurements)
                    await VerifyMeasurementsAsync(image.Disk, image.Shown, measurements, $"{image.Shown} {MeasurementReport.FileName}", cancellation).ConfigureAwait(false);
                else
                    verification.NotVerified("measurements", "none are attached");
            }
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    /// <summary>The same boots as any verifier of the image would expect: the firmware's own keys are not known here.</summary>
    private async Task VerifyMeasurementsAsync(string disk, string shownDisk, byte[] stated, string shownMeasurements, CancellationToken cancellation)
    {
        MeasurementReport report;
        try
        {
            report = MeasurementReport.Parse(Encoding.UTF8.GetString(stated));
        }
        catch (JsonException e)
        {
            verification.Wrong(MeasurementReport.FileName, VerificationFaults.BadStatedMeasurements(shownMeasurements, e.Message));
            return;
        }

        try
        {
            ImageMeasurements measured = await ImageMeasurer.MeasureAsync(disk, shownDisk, null, new MeasureSettings { Banks = [Bank.Sha256] }, cancellation).ConfigureAwait(false);
            foreach (Fault fault in measured.Faults.Where(f => f.Severity == Severity.Error))
                verification.Wrong("measurements", fault.Where is null ? fault.At(shownDisk) : fault);
            ReportCheck check = ReportCheck.Compare(report, MeasurementReport.Of(measured));
            if (check.Wrong.Count > 0)
                verification.Wrong("measurements", VerificationFaults.OtherMeasurements(shownMeasurements, check.Wrong.Select(r => r.ToString())));
            if (check.Confirmed.Count > 0 && measured.Faults.All(f => f.Severity != Severity.Error))
                verification.Verified("measurements", $"computed from the image as stated: {string.Join(' ', check.Confirmed)}");
            if (check.NotComputed.Count > 0)
                verification.NotVerified("measurements", $"not of the disk alone: {string.Join(' ', check.NotComputed)}");
        }
        catch (FactoryException e)
        {
            foreach (Fault fault in e.Faults)
                verification.Wrong("measurements", fault);
        }
    }

    private void VerifySecureExecution(VerifyQuestion question, string disk, string shown, SecureExecutionFacts facts, CancellationToken cancellation)
    {
        try
        {
            using (SecureImageFile file = SecureImageFile.Open(disk))
            {
                string tag = ReferenceValues.Of(file.Image.Header).Tag;
                if (tag == facts.Tag)
                    verification.Verified("secure execution header", $"tag {tag} as the manifest says");
                else
                    verification.Wrong("secure execution header", VerificationFaults.OtherHeader(shown, facts.Tag, tag));
            }

            if (question.HeaderKeyFile is null && question.HostKeyFile is null)
                verification.NotVerified("secure execution content", "it is encrypted, and no key was given (--hdr-key or --host-key)");
            else
                Unpack(question, disk, shown, cancellation);
        }
        catch (FactoryException e)
        {
            foreach (Fault fault in e.Faults)
                verification.Wrong("secure execution image", fault);
        }
    }

    private void Unpack(VerifyQuestion question, string disk, string shown, CancellationToken cancellation)
    {
        Answer unpacked = SecureImageAnswers.Verify(new SeVerifyCall(disk) { HeaderKeyFile = question.HeaderKeyFile, HostKeyFile = question.HostKeyFile }, cancellation);
        if (unpacked.ExitCode == ExitCode.Ok)
            verification.Verified("secure execution content", "unpacked as a machine would, every digest holds");
        foreach (Fault fault in unpacked.Faults.Where(f => f.Severity == Severity.Error))
            verification.Wrong("secure execution content", fault.At(shown));
    }

    private Answer Tell(string subject)
    {
        StringBuilder text = new();
        int width = verification.Lines.Max(l => l.Subject.Length);
        foreach (VerificationLine line in verification.Lines)
            text.Append(WordOf(line.Outcome).PadRight(14)).Append(line.Subject.PadRight(width + 2)).Append(line.Text).Append('\n');
        int verified = verification.Lines.Count(l => l.Outcome == VerificationOutcome.Verified);
        int skipped = verification.Lines.Count(l => l.Outcome == VerificationOutcome.NotVerified);
        text.Append(CultureInfo.InvariantCulture, $"\n{(verification.Succeeded ? "verified" : "NOT VERIFIED")}: {verified} held, {verification.Faults.Count} did not, {skipped} not looked at\n");
        bool good = verification.Succeeded;
        return new Answer(text.ToString())
        {
            Faults = verification.Faults,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteString("subject", subject);
                json.WriteBoolean("verified", good);
                json.WriteStartArray("checks");
                foreach (VerificationLine line in verification.Lines)
                {
                    json.WriteStartObject();
                    json.WriteString("outcome", WordOf(line.Outcome));
                    json.WriteString("subject", line.Subject);
                    json.WriteString("text", line.Text);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                FaultForm.WriteTo(json, verification.Faults);
                json.WriteEndObject();
            }),
        };
    }

    private static string WordOf(VerificationOutcome outcome) => outcome switch
    {
        VerificationOutcome.Verified => "verified",
        VerificationOutcome.Wrong => "WRONG",
        _ => "not verified",
    };
}
