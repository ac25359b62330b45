using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace ImageFactory.Assembly.Tree;

/// <summary>Paths inside an image: always with <c>/</c>, always evaluated inside the image.</summary>
internal static class TreePath
{
    /// <summary>PATH_MAX without the terminating NUL.</summary>
    public const int MaxBytes = 4096;

    /// <summary>NAME_MAX.</summary>
    public const int MaxNameBytes = 255;

    /// <summary>The names of a path; empty ones and <c>.</c> mean nothing.</summary>
    public static IEnumerable<string> Names(string path) => path.Split('/').Where(n => n is not ("" or "."));

    public static string Join(string folder, string below)
    {
        string joined = string.Join('/', Names(folder).Concat(Names(below)));
        return "/" + joined;
    }

    public static string FileName(string path) => path[(path.LastIndexOf('/') + 1)..];

    public static string Folder(string path)
    {
        int end = path.LastIndexOf('/');
        return end <= 0 ? "/" : path[..end];
    }

    /// <summary>True for the folder itself and for what lies below it. Both are absolute and without needless parts.</summary>
    public static bool IsWithin(string path, string folder) =>
        folder == "/" || path == folder || (path.Length > folder.Length && path[folder.Length] == '/' && path.StartsWith(folder, StringComparison.Ordinal));

    /// <summary>
    /// The absolute form of a path that somebody else wrote: an absolute one counts from the root of the image, one with <c>..</c> is refused.
    /// </summary>
    public static bool TryNormalise(string text, [NotNullWhen(true)] out string? path, [NotNullWhen(false)] out string? problem)
    {
        path = null;
        problem = Problem(text);
        if (problem is not null)
            return false;
        path = "/" + string.Join('/', Names(text));
        return true;
    }

    private static string? Problem(string text)
    {
        if (text.Length == 0)
            return "the name is empty";
        if (text.Contains('\0', StringComparison.Ordinal))
            return "the name holds a NUL byte";
        if (Encoding.UTF8.GetByteCount(text) > MaxBytes)
            return $"the name is longer than {MaxBytes} bytes";
        foreach (string name in Names(text))
        {
            if (name == "..")
                return "the name leads out of the image with '..'";
            if (name.Length > MaxNameBytes / 4 && Encoding.UTF8.GetByteCount(name) > MaxNameBytes)
                return $"a part of the name is longer than {MaxNameBytes} bytes";
        }

        return null;
    }
}
