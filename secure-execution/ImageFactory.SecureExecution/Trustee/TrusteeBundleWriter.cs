using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using ImageFactory.Model;
using ImageFactory.SecureExecution.HostKeys;

namespace ImageFactory.SecureExecution.Trustee;

/// <summary>
/// Makes the folder that Trustee's SE verifier reads (<c>/run/confidential-containers/ibmse</c>; SE format, section 14), and refuses
/// what the verifier would refuse later.
/// </summary>
/// <remarks>
/// <code>
/// certs/               signing key and intermediate certificates
/// crls/                revocation lists
/// hkds/                host key documents
/// hdr/hdr.bin          the image's header, exactly its bytes
/// rsa/encrypt_key.pem  RSA-4096, PKCS#8 (0600)
/// rsa/encrypt_key.pub  its public half
/// root_ca.crt          own root, only when one is used
/// </code>
/// </remarks>
public sealed class TrusteeBundleWriter(HostKeyVerifier verifier)
{
    private const int KeyBits = 4096;
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const UnixFileMode PublicMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <returns>Warnings.</returns>
    /// <exception cref="FactoryException">All faults of the certificates; IFS602 to IFS606. Nothing is left behind then.</exception>
    public async Task<IReadOnlyList<Fault>> WriteAsync(TrusteeBundleRequest request, CancellationToken cancellation)
    {
        HostKeyCheckResult check = await verifier.CheckAsync(request.HostKeys, cancellation).ConfigureAwait(false);
        List<Fault> faults = [.. check.Faults];
        if (!request.HostKeys.Verify)
            faults.Add(TrusteeFaults.NotVerified());
        foreach (HostKeyDocument document in check.Documents.Where(d => request.Header.KeySlots.All(s => s.Phkh != d.Phkh)))
            faults.Add(TrusteeFaults.HkdWithoutSlot(document.File, document.Phkh.Hex));
        faults.AddRange(new[] { request.Folder, request.Archive }.OfType<string>().Where(Path.Exists).Select(TrusteeFaults.Exists));
        using RSA? key = OpenKey(request.MeasurementKey, faults);
        FactoryException.ThrowIfAny(faults);

        List<Entry> entries = await CollectAsync(request, key!, cancellation).ConfigureAwait(false);
        try
        {
            await WriteFolderAsync(request.Folder, entries, cancellation).ConfigureAwait(false);
            if (request.Archive is not null)
                await WriteArchiveAsync(request.Archive, entries, request.Modified, cancellation).ConfigureAwait(false);
            return faults;
        }
        catch (Exception exception)
        {
            Remove(request);
            if (exception is IOException or UnauthorizedAccessException)
                throw new FactoryException(TrusteeFaults.CannotWrite(request.Folder, exception), exception);
            throw;
        }
        finally
        {
            entries.ForEach(e => CryptographicOperations.ZeroMemory(e.Content));
        }
    }

    private static RSA? OpenKey(string? file, List<Fault> faults)
    {
        if (file is null)
            return RSA.Create(KeyBits);
        RSA key = RSA.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            key.ExportRSAPrivateKeyPem();
            if (key.KeySize >= KeyBits)
                return key;
            faults.Add(TrusteeFaults.ShortKeyPair(file, key.KeySize));
        }
        catch (Exception cause) when (cause is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            faults.Add(TrusteeFaults.BadKeyPair(file, cause));
        }

        key.Dispose();
        return null;
    }

    private static async Task<List<Entry>> CollectAsync(TrusteeBundleRequest request, RSA key, CancellationToken cancellation)
    {
        List<Entry> entries = [];
        await AddFilesAsync(entries, "certs", request.HostKeys.Certificates, cancellation).ConfigureAwait(false);
        await AddFilesAsync(entries, "crls", request.HostKeys.Crls, cancellation).ConfigureAwait(false);
        await AddFilesAsync(entries, "hkds", request.HostKeys.HostKeys, cancellation).ConfigureAwait(false);
        entries.Add(new Entry("hdr/hdr.bin", request.Header.Bytes.ToArray(), PublicMode));
        entries.Add(new Entry("rsa/encrypt_key.pem", System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"), PrivateMode));
        entries.Add(new Entry("rsa/encrypt_key.pub", System.Text.Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem() + "\n"), PublicMode));
        if (request.HostKeys.RootCa is { } root)
            entries.Add(new Entry("root_ca.crt", await File.ReadAllBytesAsync(root, cancellation).ConfigureAwait(false), PublicMode));
        return entries;
    }

    /// <summary>Two files of the same name from different folders get a number; the verifier reads every file whatever its name.</summary>
    private static async Task AddFilesAsync(List<Entry> entries, string folder, IReadOnlyList<string> files, CancellationToken cancellation)
    {
        foreach (string file in files)
        {
            string name = $"{folder}/{Path.GetFileName(file)}";
            for (int number = 2; entries.Exists(e => e.Name == name); number++)
                name = $"{folder}/{Path.GetFileNameWithoutExtension(file)}-{number}{Path.GetExtension(file)}";
            entries.Add(new Entry(name, await File.ReadAllBytesAsync(file, cancellation).ConfigureAwait(false), PublicMode));
        }
    }

    private static async Task WriteFolderAsync(string folder, List<Entry> entries, CancellationToken cancellation)
    {
        MakeFolder(folder);
        foreach (string name in Folders(entries))
            MakeFolder(Path.Combine(folder, name));
        foreach (Entry entry in entries)
        {
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = entry.Mode;
            await using FileStream file = new(Path.Combine(folder, entry.Name), options);
            await file.WriteAsync(entry.Content, cancellation).ConfigureAwait(false);
        }
    }

    private static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, FolderMode);
    }

    private static async Task WriteArchiveAsync(string path, List<Entry> entries, DateTimeOffset modified, CancellationToken cancellation)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = PrivateMode;
        await using FileStream file = new(path, options);
        await using GZipStream compressed = new(file, CompressionLevel.Optimal);
        await using TarWriter archive = new(compressed, TarEntryFormat.Ustar);
        foreach (string name in Folders(entries))
            await archive.WriteEntryAsync(new UstarTarEntry(TarEntryType.Directory, $"ibmse/{name}/") { Mode = FolderMode, ModificationTime = modified }, cancellation).ConfigureAwait(false);
        foreach (Entry entry in entries)
        {
            using MemoryStream content = new(entry.Content, writable: false);
            UstarTarEntry header = new(TarEntryType.RegularFile, $"ibmse/{entry.Name}") { Mode = entry.Mode, ModificationTime = modified, DataStream = content };
            await archive.WriteEntryAsync(header, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The verifier expects them all, also when one is empty.</summary>
    private static IEnumerable<string> Folders(List<Entry> entries) =>
        entries.Select(e => Path.GetDirectoryName(e.Name)!).Where(f => f.Length > 0).Concat(["certs", "crls", "hkds"]).Distinct().Order(StringComparer.Ordinal);

    private static void Remove(TrusteeBundleRequest request)
    {
        if (Directory.Exists(request.Folder))
            Directory.Delete(request.Folder, recursive: true);
        if (request.Archive is not null)
            File.Delete(request.Archive);
    }

    private sealed record Entry(string Name, byte[] Content, UnixFileMode Mode);
}
