namespace ImageFactory.Assembly.Inspection;

/// <param name="Number">From 1, in the order of the table.</param>
/// <param name="Name">Its label.</param>
/// <param name="Role">What its type says it is for, in a word.</param>
/// <param name="Type">The type's GUID.</param>
/// <param name="Id">PARTUUID.</param>
/// <param name="Offset">In bytes.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Content">The file system that its first bytes show, or null.</param>
public sealed record PartitionReport(int Number, string Name, string Role, Guid Type, Guid Id, long Offset, long Length, string? Content);
