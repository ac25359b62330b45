using System.Text;

namespace ImageFactory.Images.Pe;

/// <summary>A section to be added to an EFI program. Its content is opened when it is needed, and must then be the same each time.</summary>
public sealed class NewPeSection
{
    private readonly Func<Stream> open;

    private NewPeSection(string name, string place, Func<Stream> open)
    {
        if (name.Length is 0 or > 8 || !Ascii.IsValid(name))
            throw new ArgumentException($"'{name}' is not a section name: 1 to 8 ASCII characters", nameof(name));
        Name = name;
        Place = place;
        this.open = open;
    }

    public string Name { get; }

    /// <summary>What faults name: the file the content comes from.</summary>
    internal string Place { get; }

    public static NewPeSection FromFile(string name, string path) => new(name, path, () => File.OpenRead(path));

    public static NewPeSection FromBytes(string name, byte[] content) => new(name, name, () => new MemoryStream(content, writable: false));

    /// <summary>The text as UTF-8, without a terminating NUL.</summary>
    public static NewPeSection FromText(string name, string text) => FromBytes(name, Encoding.UTF8.GetBytes(text));

    /// <exception cref="Model.FactoryException">IFI306: the file cannot be opened.</exception>
    internal Stream Open()
    {
        try
        {
            return open();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw PeFaults.SectionFile(Place, Name, cause.Message).Raise(cause);
        }
    }
}
