using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Inspection;

/// <summary>A partition, opened to read.</summary>
internal sealed record DiskPartition(IExtentSource Source, PartitionReport Report)
{
    private static readonly Architecture[] Architectures = Enum.GetValues<Architecture>();

    public bool IsRoot => Architectures.Any(a => Report.Type == PartitionTypes.Root(a));

    public bool IsHashes => Report.Content == FileSystemKind.Verity;

    public static DiskPartition Open(IExtentSource disk, GptPartition partition, int number)
    {
        IExtentSource source = disk.Window(partition.Offset, partition.Length, $"{disk.Name}, partition {number}");
        return new DiskPartition(source, new PartitionReport(
            number, partition.Name, RoleOf(partition.Type), partition.Type, partition.Id, partition.Offset, partition.Length, FileSystemKind.Of(source)));
    }

    private static string RoleOf(Guid type)
    {
        if (type == PartitionTypes.EfiSystem)
            return "EFI system";
        if (type == PartitionTypes.LinuxGeneric)
            return "Linux data";
        foreach (Architecture architecture in Architectures)
        {
            if (type == PartitionTypes.Root(architecture))
                return $"root ({architecture})";
            if (type == PartitionTypes.RootVerity(architecture))
                return $"root hashes ({architecture})";
        }

        return "other";
    }
}
