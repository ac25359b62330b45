namespace ImageFactory.SecureExecution.Boot;

/// <summary>What the boot record of a disk starts.</summary>
public sealed record BootRecordRequest
{
    /// <summary>stage3.bin of s390-tools: the loader that the machine starts first.</summary>
    public required string Stage3 { get; init; }

    /// <summary>The ext4 partition with the files, from 1 on.</summary>
    public int Partition { get; init; } = 1;

    /// <summary>In the root directory: the SE image, or a plain kernel.</summary>
    public string ImageFile { get; init; } = "se.img";

    /// <summary>Only for a plain kernel.</summary>
    public string? RamdiskFile { get; init; }

    /// <summary>Only for a plain kernel: one line, without line end.</summary>
    public string? CommandLine { get; init; }

    /// <summary>A file of at least 64 KiB, filled with 0xFF, whose blocks the map goes to.</summary>
    public string BootMapFile { get; init; } = "bootmap";
}
