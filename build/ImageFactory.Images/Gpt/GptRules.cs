using ImageFactory.Model;

namespace ImageFactory.Images.Gpt;

/// <summary>What a table must keep to be written with 512-byte sectors and 128 entries.</summary>
internal static class GptRules
{
    public static IReadOnlyList<Fault> Check(GptTable table)
    {
        List<Fault> faults = [];
        if (table.DiskSize % GptFormat.SectorSize != 0)
            faults.Add(GptFaults.BadLayout($"the disk's size {table.DiskSize} is not a multiple of {GptFormat.SectorSize}"));
        if (table.Partitions.Count > GptFormat.EntryCount)
            faults.Add(GptFaults.BadLayout($"there are {table.Partitions.Count} partitions; the table holds {GptFormat.EntryCount}"));

        long firstUsable = GptFormat.FirstUsable * GptFormat.SectorSize;
        long usableEnd = table.DiskSize - ((1 + GptFormat.EntrySectors) * GptFormat.SectorSize);
        faults.AddRange(table.Partitions.SelectMany(partition => CheckOne(partition, firstUsable, usableEnd)));

        GptPartition[] inOrder = [.. table.Partitions.OrderBy(partition => partition.Offset)];
        foreach ((GptPartition before, GptPartition after) in inOrder.Zip(inOrder.Skip(1)))
        {
            if (before.End > after.Offset)
                faults.Add(GptFaults.BadLayout($"the partitions '{before.Name}' and '{after.Name}' overlap"));
        }

        foreach (IGrouping<Guid, GptPartition> same in table.Partitions.GroupBy(partition => partition.Id).Where(group => group.Count() > 1))
            faults.Add(GptFaults.BadLayout($"the partition GUID {same.Key} is used {same.Count()} times"));
        return faults;
    }

    private static IEnumerable<Fault> CheckOne(GptPartition partition, long firstUsable, long usableEnd)
    {
        if (partition.Offset % GptFormat.SectorSize != 0 || partition.Length % GptFormat.SectorSize != 0 || partition.Length <= 0)
            yield return GptFaults.BadLayout($"the partition '{partition.Name}' is not a whole number of sectors (offset {partition.Offset}, length {partition.Length})");
        if (partition.Offset < firstUsable || partition.End > usableEnd || partition.End < partition.Offset)
            yield return GptFaults.BadLayout($"the partition '{partition.Name}' ({partition.Offset} to {partition.End}) lies outside the usable range {firstUsable} to {usableEnd}");
        if (partition.Name.Length > GptFormat.NameUnits)
            yield return GptFaults.BadLayout($"the partition name '{partition.Name}' is longer than {GptFormat.NameUnits} UTF-16 units");
        if (partition.Type == Guid.Empty)
            yield return GptFaults.BadLayout($"the partition '{partition.Name}' has no type");
    }
}
