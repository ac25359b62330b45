using System.Globalization;
using System.Text;
using ImageFactory.Build.Reporting;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Commands;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.HostKeys;
using ImageFactory.SecureExecution.Trustee;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.Build.Composition;

/// <summary>What the verbs say that verify host key documents: alone, for an image, for a verifier.</summary>
internal sealed class HostKeyAnswers(TimeProvider time)
{
    public async Task<Answer> CheckAsync(HostKeySettings settings, CancellationToken cancellation)
    {
        using Fetcher fetcher = new(settings, time);
        HostKeyCheckResult result = await new HostKeyVerifier(time, fetcher.Lists).CheckAsync(settings, cancellation).ConfigureAwait(false);
        StringBuilder text = new();
        foreach (HostKeyDocument document in result.Documents)
        {
            bool refused = result.Faults.Any(f => f.Where == document.File && f.Severity == Severity.Error);
            text.Append(CultureInfo.InvariantCulture, $"{document.File}{(refused ? "  REFUSED" : "")}\n");
            text.Append(CultureInfo.InvariantCulture, $"  host key hash  {document.Phkh.Hex}\n");
            text.Append(CultureInfo.InvariantCulture, $"  valid until    {document.NotAfter:yyyy-MM-dd}\n");
            text.Append(CultureInfo.InvariantCulture, $"  subject        {document.Subject}\n");
        }

        int errors = result.Faults.Count(f => f.Severity == Severity.Error);
        string verdict = result.Verified ? $"verified: {result.Documents.Count} of {settings.HostKeys.Count}"
            : errors > 0 ? $"NOT verified: {errors} faults"
            : "NOT verified, as asked for";
        text.Append(verdict).Append('\n');
        return new Answer(text.ToString()) { Faults = result.Faults, Json = () => ToJson(result) };
    }

    /// <exception cref="FactoryException">All faults; neither an image nor a key is left then.</exception>
    public async Task<Answer> CreateAsync(SeCreateCall call, CancellationToken cancellation)
    {
        string[] keyFiles = [.. new[] { call.CckFile, call.HeaderKeyFile, call.ImageKeyFile }.OfType<string>()];
        FactoryException.ThrowIfAny([.. keyFiles.Where(Path.Exists).Select(SecureExecutionFaults.KeyExists)]);

        List<Fault> warnings = [];
        using Fetcher fetcher = new(call.Arguments.HostKeys, time);
        using SecureImageResult image = await new CreateCommand(time, RandomSource.System, fetcher.Lists).RunAsync(call.Arguments, warnings, cancellation).ConfigureAwait(false);
        HandOver(call, image);
        ReferenceValues values = ReferenceValues.Of(image.Header);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"image        {image.Path}  ({ByteSize.Format(image.Size)})\n");
        text.Append(CultureInfo.InvariantCulture, $"tag          {values.Tag}\n");
        foreach (string phkh in values.Phkhs)
            text.Append(CultureInfo.InvariantCulture, $"runs on      {phkh}\n");
        foreach (string file in keyFiles)
            text.Append(CultureInfo.InvariantCulture, $"key          {file}\n");
        (string path, long size) = (image.Path, image.Size);
        return new Answer(text.ToString())
        {
            Faults = warnings,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteString("image", path);
                json.WriteNumber("size", size);
                json.WriteString("tag", values.Tag);
                json.WriteStartArray("imagePhkh");
                foreach (string phkh in values.Phkhs)
                    json.WriteStringValue(phkh);
                json.WriteEndArray();
                FaultForm.WriteTo(json, warnings);
                json.WriteEndObject();
            }),
        };
    }

    public async Task<Answer> BundleAsync(SeBundleCall call, CancellationToken cancellation)
    {
        using SecureImageFile file = SecureImageFile.Open(call.Image);
        using Fetcher fetcher = new(call.HostKeys, time);
        IReadOnlyList<Fault> warnings = await new TrusteeBundleWriter(new HostKeyVerifier(time, fetcher.Lists)).WriteAsync(
            new TrusteeBundleRequest
            {
                Header = file.Image.Header,
                HostKeys = call.HostKeys,
                MeasurementKey = call.RsaKey,
                Folder = call.Folder,
                Archive = call.Archive,
                Modified = time.GetUtcNow(),
            },
            cancellation).ConfigureAwait(false);
        StringBuilder text = new();
        text.Append("folder       ").Append(call.Folder).Append('\n');
        if (call.Archive is not null)
            text.Append("archive      ").Append(call.Archive).Append('\n');
        text.Append("\nIt belongs to where the verifier looks: /run/confidential-containers/ibmse\n");
        return new Answer(text.ToString())
        {
            Faults = warnings,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteString("folder", call.Folder);
                json.WriteString("archive", call.Archive);
                FaultForm.WriteTo(json, warnings);
                json.WriteEndObject();
            }),
        };
    }

    /// <summary>An owner who asked for keys and cannot have them gets no image either: nobody could look into it.</summary>
    private static void HandOver(SeCreateCall call, SecureImageResult image)
    {
        List<string> written = [];
        try
        {
            foreach ((string? file, SecretBytes key) in new[] { (call.CckFile, image.Cck), (call.HeaderKeyFile, image.HeaderKey), (call.ImageKeyFile, image.ImageKey) })
            {
                if (file is null)
                    continue;
                KeyFile.Write(file, key);
                written.Add(file);
            }
        }
        catch (FactoryException)
        {
            foreach (string file in written.Append(image.Path))
                File.Delete(file);
            throw;
        }
    }

    private static string ToJson(HostKeyCheckResult result) => JsonForm.Write(json =>
    {
        json.WriteStartObject();
        json.WriteBoolean("verified", result.Verified);
        json.WriteStartArray("documents");
        foreach (HostKeyDocument document in result.Documents)
        {
            json.WriteStartObject();
            json.WriteString("file", document.File);
            json.WriteString("phkh", document.Phkh.Hex);
            json.WriteString("subject", document.Subject);
            json.WriteString("notAfter", document.NotAfter.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        FaultForm.WriteTo(json, result.Faults);
        json.WriteEndObject();
    });

    /// <summary>The way to lists in the network, made only when it was asked for.</summary>
    private sealed class Fetcher : IDisposable
    {
        private readonly HttpClient? client;

        public Fetcher(HostKeySettings settings, TimeProvider time)
        {
            if (!settings.Online)
                return;
            client = new HttpClient();
            Lists = new HttpCrlSource(client, time);
        }

        public ICrlSource? Lists { get; }

        public void Dispose() => client?.Dispose();
    }
}
