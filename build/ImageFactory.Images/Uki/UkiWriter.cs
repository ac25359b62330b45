using ImageFactory.Images.Extents;
using ImageFactory.Images.Pe;
using ImageFactory.Model;

namespace ImageFactory.Images.Uki;

/// <summary>
/// Writes unified kernel images and addons: the sections behind those of systemd-stub, in the file order of ukify 257
/// (.osrel .cmdline .uname .linux .initrd). The same inputs give the same bytes. Kernel and initrd are streamed.
/// </summary>
public static class UkiWriter
{
    /// <exception cref="FactoryException">IFI301 to IFI307, IFI311: the stub or an input does not fit.</exception>
    public static async Task WriteAsync(UkiContent content, Stream output, CancellationToken cancellation)
    {
        PeAppender appender = PeAppender.Open(content.Stub);
        if (!KernelIsNxCompatible(content.Linux))
            appender.ClearNxCompatible();
        appender.Add(NewPeSection.FromText(SectionNames.OsRelease, content.OsRelease));
        appender.Add(NewPeSection.FromText(SectionNames.CommandLine, content.CommandLine));
        appender.Add(NewPeSection.FromText(SectionNames.KernelRelease, content.KernelRelease));
        appender.Add(NewPeSection.FromFile(SectionNames.Linux, content.Linux));
        appender.Add(NewPeSection.FromFile(SectionNames.Initrd, content.Initrd));
        SbatText.Merge(appender, content.Stub, content.Linux);
        await appender.WriteAsync(output, cancellation).ConfigureAwait(false);
    }

    /// <summary>Adds sections to any unsigned EFI program, such as a command line to systemd's addon stub.</summary>
    /// <exception cref="FactoryException">IFI301 to IFI307: the stub or an input does not fit.</exception>
    public static async Task AppendAsync(string stub, IEnumerable<NewPeSection> sections, Stream output, CancellationToken cancellation)
    {
        PeAppender appender = PeAppender.Open(stub);
        foreach (NewPeSection section in sections)
            appender.Add(section);
        await appender.WriteAsync(output, cancellation).ConfigureAwait(false);
    }

    /// <summary>A UKI must not promise more than the kernel in it keeps: firmware that enforces NX would stop the kernel.</summary>
    private static bool KernelIsNxCompatible(string path)
    {
        using RawFileSource source = RawFileSource.Open(path);
        return (PeFile.Read(source).Headers.DllCharacteristics & PeFormat.NxCompatible) != 0;
    }
}
