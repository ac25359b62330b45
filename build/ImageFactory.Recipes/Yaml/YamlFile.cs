using System.Text;
using ImageFactory.Model;

namespace ImageFactory.Recipes.Yaml;

/// <summary>Reads a recipe's text: UTF-8 of a bounded size, without control characters.</summary>
internal static class YamlFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static MappingNode Read(string path, Source source) => YamlReader.ReadDocument(ReadText(path, source), source);

    private static string ReadText(string path, Source source)
    {
        byte[] bytes = ReadBytes(path, source);
        ReadOnlySpan<byte> content = bytes;
        if (content.StartsWith("\uFEFF"u8))
            content = content[3..];

        try
        {
            return Strict.GetString(content);
        }
        catch (DecoderFallbackException e)
        {
            throw new FactoryException(YamlFaults.NotUtf8(PlaceOfByte(content, FirstBadByte(content), source)), e);
        }
    }

    private static byte[] ReadBytes(string path, Source source)
    {
        try
        {
            // Of a link, FileInfo would give the length of the link itself; files of a mounted ConfigMap are links.
            FileInfo file = new(path);
            if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
                file = target;
            if (Directory.Exists(path))
                throw new FactoryException(YamlFaults.IsFolder(source.Name));
            if (!file.Exists)
                throw new FactoryException(YamlFaults.Missing(source.Name));
            if (file.Length > YamlLimits.FileBytes)
                throw new FactoryException(YamlFaults.TooLarge(source.Name, file.Length));

            // Pipes and devices report no length either. They are refused without being opened: opening a pipe may wait for ever.
            if (file.Length == 0)
                throw new FactoryException(YamlFaults.Empty(source.Name));

            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            byte[] bytes = new byte[file.Length];
            int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return bytes[..read];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(YamlFaults.Unreadable(source.Name, e.Message), e);
        }
    }

    private static int FirstBadByte(ReadOnlySpan<byte> content)
    {
        int at = 0;
        while (at < content.Length && Rune.DecodeFromUtf8(content[at..], out _, out int length) == System.Buffers.OperationStatus.Done)
            at += length;
        return at;
    }

    private static Place PlaceOfByte(ReadOnlySpan<byte> content, int at, Source source)
    {
        ReadOnlySpan<byte> before = content[..at];
        int lineStart = before.LastIndexOf((byte)'\n') + 1;
        return new Place(source, before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[lineStart..]) + 1);
    }
}
