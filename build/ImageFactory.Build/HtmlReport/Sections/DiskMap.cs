using ImageFactory.Model;
using ImageFactory.Model.Manifests;

namespace ImageFactory.Build.HtmlReport.Sections;

/// <summary>The disk as a bar, to scale, and its partitions as a table.</summary>
internal static class DiskMap
{
    private const double Width = 1000;
    private const double Height = 64;

    /// <summary>A narrower box cannot hold its name.</summary>
    private const double NameWidth = 70;

    public static Markup Write(ReportContent content)
    {
        DiskFacts disk = content.Image.Disk;
        Markup boxes = Markup.Join(disk.Partitions.Select(p => Box(p, disk.VirtualSize)));
        Markup picture = Markup.Of($"""
            <figure><svg viewBox="0 0 {Width} {Height}" role="img" aria-labelledby="disk-map-title">
            <title id="disk-map-title">Partitions of the disk, to scale</title>
            <rect x="0" y="0" width="{Width}" height="{Height}" class="other"><title>not partitioned: partition table, alignment</title></rect>
            {boxes}</svg><figcaption>{ByteSize.Format(disk.VirtualSize)} from left to right, to scale. Disk {disk.DiskId}, {disk.Format}.</figcaption></figure>

            """);
        return Markup.Of($"{picture}{Table.Of("Partitions", ["name", "begins at", "size", "part of the disk", "type", "id"], disk.Partitions.Select(p => Row(p, disk.VirtualSize)))}");
    }

    private static Markup Box(PartitionFacts partition, long disk)
    {
        double x = Width * partition.Offset / disk;
        double width = Width * partition.Size / disk;
        Markup name = width < NameWidth ? Markup.Empty : Markup.Of($"<text x=\"{x + 8:0.##}\" y=\"{Height / 2 + 4}\" class=\"in-box\">{partition.Name}</text>\n");
        return Markup.Of($"<rect x=\"{x:0.##}\" y=\"0\" width=\"{width:0.##}\" height=\"{Height}\" class=\"box\"><title>{partition.Name}: {ByteSize.Format(partition.Size)}</title></rect>\n{name}");
    }

    private static Markup[] Row(PartitionFacts p, long disk) =>
    [
        Table.Cell(p.Name), Table.Size(p.Offset), Table.Size(p.Size), Markup.Of($"{100.0 * p.Size / disk:0.0} %"), Table.Code(p.Type.ToString()), Table.Code(p.Id.ToString()),
    ];
}
