namespace ImageFactory.Images.Compression;

/// <summary>Calls into a system library, with a fault that names library and package when it is not there.</summary>
internal static class NativeCode
{
    public static T Call<T>(string library, string package, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception cause) when (cause is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw CompressionFaults.NoLibrary(library, package).Raise(cause);
        }
    }
}
