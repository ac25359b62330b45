using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Initdata;

/// <summary>
/// Initdata: configuration that a pod brings and that its confidential VM measures. A TOML document with <c>algorithm</c>, <c>version</c> and a
/// table <c>[data]</c>; what counts is the digest over its exact bytes.
/// </summary>
public sealed class InitdataDocument
{
    /// <summary>Far more than any cloud lets a pod bring.</summary>
    public const int MaximumSize = 1 << 20;

    public const string CurrentVersion = "0.1.0";

    /// <summary>The files that the guest writes and reads.</summary>
    public static readonly IReadOnlyList<string> Members = ["aa.toml", "cdh.toml", "policy.rego"];

    public static readonly IReadOnlyList<string> Algorithms = ["sha256", "sha384", "sha512"];

    private const string DataTable = "data";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string algorithmPlace;

    private InitdataDocument(byte[] bytes, string algorithm, string algorithmPlace, IReadOnlyDictionary<string, string> data)
    {
        Bytes = bytes;
        Algorithm = algorithm;
        this.algorithmPlace = algorithmPlace;
        Data = data;
        Digests = InitdataDigests.Of(HashData(algorithm, bytes));
    }

    /// <summary>
    /// What cloud-api-adaptor writes for a pod that brings no initdata of its own, so that PCR 8 is not zero there. SHA-256
    /// adb48cc14fea9403d3d51f3b5f5068fd4d80445a14e94f1b3d5dbabaad66478d.
    /// </summary>
    public static InitdataDocument Absent { get; } =
        new("algorithm = \"sha256\"\nversion = \"0.1.0\"\n\n[data]\n\"aa.toml\" = '''\n'''"u8.ToArray(), "sha256", "default initdata", new Dictionary<string, string> { ["aa.toml"] = "" });

    public byte[] Bytes { get; }

    public string Algorithm { get; }

    /// <summary>The members by name.</summary>
    public IReadOnlyDictionary<string, string> Data { get; }

    public InitdataDigests Digests { get; }

    /// <summary>Reads a document, or its form for pods, and says all that is wrong with it.</summary>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="file">What faults call it.</param>
    /// <param name="faults">Errors and warnings.</param>
    /// <returns>Null when there are errors.</returns>
    public static InitdataDocument? Read(byte[] content, string file, out IReadOnlyList<Fault> faults)
    {
        List<Fault> found = [];
        faults = found;
        if (content.Length > MaximumSize)
            found.Add(InitdataFaults.TooLarge(file, content.Length, MaximumSize));
        else if (LooksEncoded(content))
            content = Decode(content, file, found) ?? [];
        if (found.Count > 0)
            return null;

        try
        {
            return content.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Refuse(InitdataFaults.NoText(file)) : Check(content, TomlText.Read(StrictUtf8.GetString(content)), file, found);
        }
        catch (DecoderFallbackException)
        {
            return Refuse(InitdataFaults.NoText(file));
        }
        catch (TomlException e)
        {
            return Refuse(InitdataFaults.Syntax(file, e.Line, e.Column, e.Message));
        }

        InitdataDocument? Refuse(Fault fault)
        {
            found.Add(fault);
            return null;
        }
    }

    /// <summary>A document of these members, in the order of <see cref="Members"/>: the same members give the same bytes.</summary>
    /// <exception cref="FactoryException">A member or the algorithm is unknown, or the members are too large.</exception>
    public static InitdataDocument Create(string algorithm, IReadOnlyDictionary<string, string> members)
    {
        StringBuilder text = new();
        text.Append("algorithm = \"").Append(algorithm).Append("\"\nversion = \"").Append(CurrentVersion).Append("\"\n\n[data]\n");
        foreach ((string name, string content) in members.OrderBy(m => m.Key, StringComparer.Ordinal))
            text.Append('"').Append(name).Append("\" = ").Append(TomlText.Write(content)).Append('\n');
        InitdataDocument? document = Read(Encoding.UTF8.GetBytes(text.ToString()), "new initdata", out IReadOnlyList<Fault> faults);
        FactoryException.ThrowIfAny(faults);
        return document!;
    }

    /// <summary>The value of the pod's annotation <c>io.katacontainers.config.hypervisor.cc_init_data</c>: base64 of gzip, without line breaks.</summary>
    public string Encode()
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.SmallestSize))
            gzip.Write(Bytes);
        return Convert.ToBase64String(packed.ToArray());
    }

    /// <summary>What keeps the document from serving on Azure, whose verifier compares 32 bytes; null when nothing does.</summary>
    public Fault? FaultOnAzure() => Algorithm == "sha256" ? null : InitdataFaults.NotForAzure(algorithmPlace, Algorithm);

    private static InitdataDocument? Check(byte[] content, IReadOnlyList<TomlEntry> entries, string file, List<Fault> faults)
    {
        string? algorithm = null;
        string? version = null;
        string place = file;
        Dictionary<string, string> data = new(StringComparer.Ordinal);
        foreach (TomlEntry entry in entries)
        {
            string here = $"{file}:{entry.Line}";
            switch (entry.Table, entry.Key)
            {
                case ("", "algorithm"):
                    algorithm = entry.Value;
                    place = here;
                    if (!Algorithms.Contains(algorithm))
                        faults.Add(InitdataFaults.Algorithm(here, algorithm));
                    break;
                case ("", "version"):
                    version = entry.Value;
                    if (version != CurrentVersion)
                        faults.Add(InitdataFaults.Version(here, version));
                    break;
                case (DataTable, _) when Members.Contains(entry.Key):
                    data.Add(entry.Key, entry.Value);
                    break;
                default:
                    faults.Add(InitdataFaults.UnknownKey(here, entry.Table.Length == 0 ? entry.Key : $"[{entry.Table}] {entry.Key}"));
                    break;
            }
        }

        if (algorithm is null)
            faults.Add(InitdataFaults.Missing(file, "algorithm", "algorithm = \"sha256\""));
        if (version is null)
            faults.Add(InitdataFaults.Missing(file, "version", $"version = \"{CurrentVersion}\""));
        if (faults.Count > 0)
            return null;
        if (data.Count == 0)
            faults.Add(InitdataFaults.NoMembers(file));
        return new InitdataDocument(content, algorithm!, place, data);
    }

    /// <summary>base64 of gzip begins with H4sI, whatever follows; no TOML does and goes on without a blank or '='.</summary>
    private static bool LooksEncoded(ReadOnlySpan<byte> content) => content.TrimStart(" \t\r\n"u8).StartsWith("H4sI"u8);

    private static byte[]? Decode(byte[] content, string file, List<Fault> faults)
    {
        try
        {
            using MemoryStream packed = new(Convert.FromBase64String(Encoding.ASCII.GetString(content)));
            using GZipStream gzip = new(packed, CompressionMode.Decompress);
            byte[] buffer = new byte[MaximumSize + 1];
            int count = gzip.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (count <= MaximumSize)
                return buffer[..count];
            faults.Add(InitdataFaults.TooLarge(file, count, MaximumSize));
        }
        catch (Exception e) when (e is FormatException or InvalidDataException)
        {
            faults.Add(InitdataFaults.NotEncoded(file, e.Message));
        }

        return null;
    }

    private static byte[] HashData(string algorithm, byte[] bytes) => algorithm switch
    {
        "sha256" => SHA256.HashData(bytes),
        "sha384" => SHA384.HashData(bytes),
        _ => SHA512.HashData(bytes),
    };
}
