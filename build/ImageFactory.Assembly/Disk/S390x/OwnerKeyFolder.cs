using ImageFactory.Model;
using ImageFactory.SecureExecution.Commands;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.Assembly.Disk.S390x;

/// <summary>
/// Where the owner of an image gets its keys: <c>FOLDER/TAG/…key</c>, raw bytes, mode 0600, in a folder named for the tag of the image's header,
/// so that keys of one image never take the place of another's.
/// </summary>
internal sealed class OwnerKeyFolder(string folder)
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public const string HeaderKey = "header.key";
    public const string ImageKey = "image.key";
    public const string Cck = "cck.key";
    public const string LuksPassphrase = "luks.key";

    public string Of(string tag) => Path.Combine(folder, tag);

    /// <summary>Whether the keys of an image that was made earlier are still there.</summary>
    public bool Has(string tag, bool luks) => Names(luks).All(n => File.Exists(Path.Combine(Of(tag), n)));

    /// <exception cref="FactoryException">IFA512, IFS256; nothing is left then.</exception>
    public void Write(string tag, IReadOnlyDictionary<string, SecretBytes> keys)
    {
        string own = Of(tag);
        // Whatever lies there is somebody's keys.
        if (Path.Exists(own))
            throw new FactoryException(S390xFaults.NoKeys(own, "it exists already"));
        try
        {
            Directory.CreateDirectory(folder, OnlyOwner);
            Directory.CreateDirectory(own, OnlyOwner);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(S390xFaults.NoKeys(own, e.Message), e);
        }

        try
        {
            foreach ((string name, SecretBytes key) in keys)
                KeyFile.Write(Path.Combine(own, name), key);
        }
        catch (FactoryException)
        {
            Directory.Delete(own, recursive: true);
            throw;
        }
    }

    private static IEnumerable<string> Names(bool luks) => luks ? [HeaderKey, ImageKey, Cck, LuksPassphrase] : [HeaderKey, ImageKey, Cck];
}
