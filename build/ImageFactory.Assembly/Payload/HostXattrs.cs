using System.Runtime.InteropServices;
using System.Text;

namespace ImageFactory.Assembly.Payload;

/// <summary>
/// The extended attributes of a file that belong to the payload: capabilities, and what users set. Labels of the build host's own
/// security policy stay behind.
/// </summary>
internal static class HostXattrs
{
    /// <summary>XATTR_LIST_MAX and XATTR_SIZE_MAX.</summary>
    private const int MaxSize = 64 << 10;

    private static readonly IReadOnlyDictionary<string, byte[]> None = new Dictionary<string, byte[]>();

    /// <param name="path">Of the file.</param>
    /// <param name="signatures">Those of IMA too, which engines export; a host's own kernel may have made them.</param>
    public static IReadOnlyDictionary<string, byte[]> Read(string path, bool signatures = false)
    {
        // Most files have none, and then nothing need be made room for. A file system without attributes answers with an error: there are none.
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        if (ListXattrs(name, null, 0) <= 0)
            return None;
        byte[] list = new byte[MaxSize];
        nint length = ListXattrs(name, list, MaxSize);
        if (length <= 0)
            return None;
        Dictionary<string, byte[]> found = new(StringComparer.Ordinal);
        foreach (string key in Encoding.UTF8.GetString(list, 0, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            if (key != "security.capability" && !key.StartsWith("user.", StringComparison.Ordinal) && !(signatures && key == "security.ima"))
                continue;
            byte[] value = new byte[MaxSize];
            nint size = GetXattr(name, Encoding.UTF8.GetBytes(key + '\0'), value, MaxSize);
            if (size < 0)
                throw new IOException($"attribute {key}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            found.Add(key, value[..(int)size]);
        }

        return found;
    }

    [DllImport("libc", EntryPoint = "llistxattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ListXattrs(byte[] path, byte[]? list, nint size);

    [DllImport("libc", EntryPoint = "lgetxattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint GetXattr(byte[] path, byte[] name, byte[] value, nint size);
}
