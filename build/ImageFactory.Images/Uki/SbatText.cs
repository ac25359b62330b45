using System.Text;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Pe;

namespace ImageFactory.Images.Uki;

/// <summary>
/// The <c>.sbat</c> of a UKI: one header line, then the entries of the stub, of the kernel and of the UKI itself, so that
/// each can be revoked on its own. The text ends with a line feed and a NUL, as ukify writes it.
/// </summary>
internal static class SbatText
{
    private const int Limit = 64 << 10;
    private const string Header = "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md";
    private const string Uki = "uki,1,UKI,uki,1,https://uapi-group.org/specifications/specs/unified_kernel_image/";

    public static void Merge(PeAppender appender, string stubPath, string linuxPath)
    {
        string[] ofKernel = [.. Entries(linuxPath)];
        string[] lines = [Header, .. Entries(stubPath), .. ofKernel, Uki];
        byte[] merged = Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n\0");
        long? room = appender.RoomOf(SectionNames.Sbat);
        if (room is null)
            appender.Add(NewPeSection.FromBytes(SectionNames.Sbat, merged));
        else if (merged.Length <= room || ofKernel.Length > 0)
            appender.Replace(SectionNames.Sbat, merged);
        // Otherwise only the UKI's own entry would be new: the stub's text says all that can be revoked, and stays.
    }

    private static IEnumerable<string> Entries(string path)
    {
        using RawFileSource source = RawFileSource.Open(path);
        PeFile file = PeFile.Read(source);
        if (file.Find(SectionNames.Sbat) is null)
            return [];
        string text = Encoding.UTF8.GetString(file.ReadSection(SectionNames.Sbat, Limit)).TrimEnd('\0');
        return text.StartsWith("sbat,", StringComparison.Ordinal)
            ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.TrimEnd('\r'))
            : [];
    }
}
