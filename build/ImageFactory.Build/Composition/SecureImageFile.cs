using ImageFactory.Images;
using ImageFactory.Images.Extents;
using ImageFactory.SecureExecution.Reading;

namespace ImageFactory.Build.Composition;

/// <summary>An image of Secure Execution in a file: alone, or on a raw, qcow2 or VHD disk.</summary>
internal sealed class SecureImageFile : IDisposable
{
    private readonly IExtentSource disk;
    private readonly Stream bytes;

    private SecureImageFile(IExtentSource disk, string path)
    {
        this.disk = disk;
        bytes = disk.AsStream();
        Image = SecureImage.Open(bytes, path);
    }

    public SecureImage Image { get; }

    /// <exception cref="Model.FactoryException">The file cannot be read, or there is no image in it.</exception>
    public static SecureImageFile Open(string path)
    {
        IExtentSource disk = DiskImage.Open(path);
        try
        {
            return new SecureImageFile(disk, path);
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        bytes.Dispose();
        disk.Dispose();
    }
}
