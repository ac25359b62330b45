using ImageFactory.Images.Extents;

namespace ImageFactory.Assembly.Tree;

/// <summary>The bytes of a file of a tree where they are read in any order.</summary>
internal static class TreeContentSource
{
    /// <param name="name">What faults call it.</param>
    /// <exception cref="IOException">What the content refers to is gone or shorter than it was.</exception>
    public static T Read<T>(TreeContent content, string name, Func<IExtentSource, T> read)
    {
        if (content is not FileContent file)
        {
            using StreamSource bytes = new(content.Open(), name);
            return read(bytes);
        }

        using RawFileSource whole = RawFileSource.Open(file.Path);
        if (file.Offset > whole.Length || file.Length > whole.Length - file.Offset)
            throw new EndOfStreamException($"{file.Path} ends before byte {file.Offset + file.Length}");
        using IExtentSource part = whole.Window(file.Offset, file.Length, name);
        return read(part);
    }
}
