using System.Globalization;
using System.Text;
using ImageFactory.Build.Reporting;
using ImageFactory.Measurement.Initdata;
using ImageFactory.Model;

namespace ImageFactory.Build.Composition;

/// <summary>What the verbs of initdata say. A file is named as the caller wrote it.</summary>
internal sealed class InitdataAnswers(string workingFolder)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>All files are checked, whatever is wrong with one of them.</summary>
    public async Task<Answer> CheckAsync(IReadOnlyList<string> files, CancellationToken cancellation)
    {
        List<(string File, InitdataDocument Document)> good = [];
        List<Fault> faults = [];
        foreach (string file in files)
        {
            if (await ReadAsync(file, faults, cancellation).ConfigureAwait(false) is not { } content)
                continue;
            InitdataDocument? document = InitdataDocument.Read(content, file, out IReadOnlyList<Fault> found);
            faults.AddRange(found);
            if (document?.FaultOnAzure() is { } notThere)
                faults.Add(notThere.AsWarning());
            if (document is not null)
                good.Add((file, document));
        }

        return new Answer(string.Join('\n', good.Select(g => Text(g.File, g.Document)))) { Faults = faults, Json = () => Json(good) };
    }

    public async Task<Answer> EncodeAsync(string file, CancellationToken cancellation)
    {
        List<Fault> missing = [];
        byte[] content = await ReadAsync(file, missing, cancellation).ConfigureAwait(false) ?? throw new FactoryException(missing);
        InitdataDocument document = InitdataDocument.Read(content, file, out IReadOnlyList<Fault> faults) ?? throw new FactoryException(faults);
        string encoded = document.Encode();
        return new Answer(encoded + "\n")
        {
            Faults = faults,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteString(Annotation, encoded);
                json.WriteEndObject();
            }),
        };
    }

    /// <summary>A file's name, without its folder, is the name of the member.</summary>
    public async Task<Answer> BuildAsync(IReadOnlyList<string> files, string algorithm, CancellationToken cancellation)
    {
        Dictionary<string, string> members = new(StringComparer.Ordinal);
        List<Fault> faults = [];
        foreach (string file in files)
        {
            string name = Path.GetFileName(file);
            byte[]? content = await ReadAsync(file, faults, cancellation).ConfigureAwait(false);
            if (content is null)
                continue;
            if (!InitdataDocument.Members.Contains(name))
                faults.Add(new Fault("IFH061", ExitCode.InvalidInput, $"initdata has no member '{name}'") { Where = file, Hint = $"it holds {string.Join(", ", InitdataDocument.Members)}; name the file so" });
            else if (!members.TryAdd(name, Decode(file, content, faults)))
                faults.Add(new Fault("IFH062", ExitCode.InvalidInput, $"'{name}' is given twice") { Where = file, Hint = "give one file for each member" });
        }

        FactoryException.ThrowIfAny(faults);
        InitdataDocument document = InitdataDocument.Create(algorithm, members);
        return new Answer(Encoding.UTF8.GetString(document.Bytes)) { Json = () => Json([("new initdata", document)]) };
    }

    private const string Annotation = "io.katacontainers.config.hypervisor.cc_init_data";

    private static string Decode(string file, byte[] content, List<Fault> faults)
    {
        try
        {
            return StrictUtf8.GetString(content);
        }
        catch (DecoderFallbackException)
        {
            faults.Add(new Fault("IFH063", ExitCode.InvalidInput, "the file is no UTF-8 text") { Where = file, Hint = "members of initdata are texts: save the file as UTF-8" });
            return "";
        }
    }

    private static string Text(string file, InitdataDocument document)
    {
        StringBuilder text = new();
        Line("initdata", $"{file}  ({document.Bytes.Length.ToString(CultureInfo.InvariantCulture)} bytes: {string.Join(", ", document.Data.Keys.Order(StringComparer.Ordinal))})");
        Line(document.Algorithm, document.Digests.Digest);
        Line("pcr08", $"{document.Digests.Pcr8}  (az-snp-vtpm, az-tdx-vtpm, tpm; SHA-256)");
        Line("HOST_DATA", $"{document.Digests.HostData}  (snp)");
        Line("MRCONFIGID", $"{document.Digests.MrConfigId}  (tdx)");
        Line("user data", $"{document.Digests.Digest}, then zeros to 256 bytes  (se)");
        return text.ToString();

        void Line(string name, string value) => text.Append(name.PadRight(12)).Append(value).Append('\n');
    }

    private static string Json(IReadOnlyList<(string File, InitdataDocument Document)> documents) => JsonForm.Write(json =>
    {
        json.WriteStartArray();
        foreach ((string file, InitdataDocument document) in documents)
        {
            json.WriteStartObject();
            json.WriteString("file", file);
            json.WriteString("algorithm", document.Algorithm);
            json.WriteString("digest", document.Digests.Digest);
            json.WriteString("pcr08", document.Digests.Pcr8);
            json.WriteString("hostData", document.Digests.HostData);
            json.WriteString("mrConfigId", document.Digests.MrConfigId);
            json.WriteString("userData", document.Digests.UserData);
            json.WriteStartArray("members");
            foreach (string name in document.Data.Keys.Order(StringComparer.Ordinal))
                json.WriteStringValue(name);
            json.WriteEndArray();
            json.WriteString("annotation", document.Encode());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private async Task<byte[]?> ReadAsync(string file, List<Fault> faults, CancellationToken cancellation)
    {
        try
        {
            await using FileStream stream = new(Path.GetFullPath(file, workingFolder), FileMode.Open, FileAccess.Read, FileShare.Read);

            // Twice what a document may have: its form for pods is larger than what it packs only when that is next to nothing.
            byte[] buffer = new byte[(2 * InitdataDocument.MaximumSize) + 1];
            int count = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            return buffer[..count];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(new Fault("IFH064", ExitCode.MissingInput, $"the file cannot be read: {e.Message}") { Where = file, Hint = "name a file that exists and may be read" });
            return null;
        }
    }
}
