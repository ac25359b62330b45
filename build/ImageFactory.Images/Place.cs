using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.Images;

/// <summary>How the faults of this project name a place, and how they are thrown.</summary>
internal static class Place
{
    /// <summary><c>disk.raw@0x200</c>: the file and the byte offset in it.</summary>
    public static string At(string file, long offset) => string.Create(CultureInfo.InvariantCulture, $"{file}@0x{offset:x}");

    public static FactoryException Raise(this Fault fault, Exception? cause = null) => new(fault, cause);
}
