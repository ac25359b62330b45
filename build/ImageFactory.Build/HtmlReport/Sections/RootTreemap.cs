using ImageFactory.Model;

namespace ImageFactory.Build.HtmlReport.Sections;

/// <summary>What takes the room in the root file system.</summary>
internal static class RootTreemap
{
    private const double Width = 1000;
    private const double Height = 420;

    public static Markup Write(ReportContent content)
    {
        if (content.Image.Root is not { } root)
            return Markup.Empty;
        if (root.Folders is not { Count: > 0 } folders)
            return Markup.Of($"<p>{ByteSize.Format(root.ContentSize)} in {root.Files} files. The root file system is encrypted: what is in it is not told.</p>\n");
        (string Folder, long Size)[] sorted = [.. folders.Select(f => (f.Key, f.Value)).OrderByDescending(f => f.Value).ThenBy(f => f.Key, StringComparer.Ordinal)];
        IReadOnlyList<Box> boxes = Treemap.Layout([.. sorted.Select(f => (double)f.Size)], new Box(0, 0, Width, Height));
        Markup drawn = Markup.Join(sorted.Zip(boxes, (f, box) => Draw(f.Folder, f.Size, box)));
        Markup picture = Markup.Of($"""
            <figure><svg viewBox="0 0 {Width} {Height}" role="img" aria-labelledby="root-map-title">
            <title id="root-map-title">Folders of the root file system, each as large as its files</title>
            {drawn}</svg><figcaption>{ByteSize.Format(root.ContentSize)} in {root.Files} files, before compression. A folder that holds less than a fiftieth counts with the one above it.</figcaption></figure>

            """);
        Markup table = Table.Of("Folders by size", ["folder", "size", "part"], sorted.Select(f => (IReadOnlyList<Markup>)[Table.Code(f.Folder), Table.Size(f.Size), Markup.Of($"{100.0 * f.Size / root.ContentSize:0.0} %")]));
        return Markup.Of($"{picture}<details><summary>As a table</summary>{table}</details>\n");
    }

    private static Markup Draw(string folder, long size, Box box)
    {
        // What does not fit is told by the tooltip and the table.
        string last = "…" + folder[Math.Max(0, folder.LastIndexOf('/'))..];
        string? shown = Fits(folder) ? folder : Fits(last) ? last : null;
        Markup name = shown is null ? Markup.Empty : Markup.Of($"<text x=\"{box.X + 6:0.##}\" y=\"{box.Y + 16:0.##}\" class=\"in-box\">{shown}</text>\n");
        Markup bytes = name == Markup.Empty || box.Height < 38 ? Markup.Empty : Markup.Of($"<text x=\"{box.X + 6:0.##}\" y=\"{box.Y + 32:0.##}\" class=\"in-box\">{ByteSize.Format(size)}</text>\n");
        return Markup.Of($"<rect x=\"{box.X:0.##}\" y=\"{box.Y:0.##}\" width=\"{box.Width:0.##}\" height=\"{box.Height:0.##}\" class=\"box\"><title>{folder}: {ByteSize.Format(size)}</title></rect>\n{name}{bytes}");

        // About seven units a letter.
        bool Fits(string text) => box.Height >= 20 && box.Width >= (text.Length * 7) + 12;
    }
}
