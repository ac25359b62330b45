using System.Security.Cryptography;
using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Tree;

/// <summary>
/// One digest for everything that a tree says, contents included. Fields are length-prefixed, so that two trees never look alike.
/// </summary>
internal static class TreeDigest
{
    public static async Task<Sha256> OfAsync(FileTree tree, CancellationToken cancellation)
    {
        using MemoryStream line = new();
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (TreeItem item in tree.Walk())
        {
            line.SetLength(0);
            await using (BinaryWriter writer = new(line, Encoding.UTF8, leaveOpen: true))
                Describe(item, writer);
            hash.AppendData(line.GetBuffer().AsSpan(0, (int)line.Length));
            if (item.FirstName is null && item.Entry.Type == TreeEntryType.File)
                hash.AppendData(await ContentDigestAsync(item, cancellation).ConfigureAwait(false));
        }

        return new Sha256(hash.GetHashAndReset());
    }

    private static async Task<byte[]> ContentDigestAsync(TreeItem item, CancellationToken cancellation)
    {
        try
        {
            await using Stream content = item.Entry.Content.Open();
            return await SHA256.HashDataAsync(content, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(TreeFaults.ContentChanged(item.Path, e.Message), e);
        }
    }

    /// <summary>BinaryWriter prefixes strings with their length and writes numbers little-endian on every machine.</summary>
    private static void Describe(TreeItem item, BinaryWriter writer)
    {
        TreeEntry entry = item.Entry;
        writer.Write(item.Path);
        writer.Write(item.FirstName ?? "");
        writer.Write((int)entry.Type);
        writer.Write(entry.Mode);
        writer.Write(entry.Uid);
        writer.Write(entry.Gid);
        writer.Write(entry.ModifiedAt);
        writer.Write(entry.Target ?? "");
        writer.Write(entry.DeviceMajor);
        writer.Write(entry.DeviceMinor);
        writer.Write(entry.Implied);
        writer.Write(entry.Content.Length);
        writer.Write(entry.Xattrs.Count);
        foreach ((string name, byte[] value) in entry.Xattrs.OrderBy(x => x.Key, StringComparer.Ordinal))
        {
            writer.Write(name);
            writer.Write(value.Length);
            writer.Write(value);
        }
    }
}
