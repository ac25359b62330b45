using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.HostKeys;

namespace ImageFactory.SecureExecution.Writing;

/// <summary>All that decides a Secure Execution image. Keys that are null are drawn.</summary>
public sealed record SecureImageRequest
{
    /// <summary>Raw s390x kernel image.</summary>
    public required ComponentSource Kernel { get; init; }

    public ComponentSource? Ramdisk { get; init; }

    /// <summary>Taken as it is, with a NUL appended unless it ends with one.</summary>
    public ComponentSource? CommandLine { get; init; }

    /// <summary>Machines that may run the image: one key slot each, in this order.</summary>
    public required IReadOnlyList<HostKeyDocument> HostKeys { get; init; }

    /// <summary>Where <c>stage3a.bin</c> and <c>stage3b_reloc.bin</c> are.</summary>
    public string LoaderFolder { get; init; } = LoaderBlobs.DefaultFolder;

    /// <summary>The image to write. While it is being written it is called <c>….part</c>.</summary>
    public required string Output { get; init; }

    public bool Overwrite { get; init; }

    public ControlFlags Flags { get; init; } = new();

    /// <summary>Customer communication key, 32 bytes.</summary>
    public SecretBytes? Cck { get; init; }

    /// <summary>Seals the header, 32 bytes.</summary>
    public SecretBytes? HeaderKey { get; init; }

    /// <summary>AES-256-XTS key of the components, 64 bytes.</summary>
    public SecretBytes? ImageKey { get; init; }

    /// <summary>False takes any kernel and any length of command line; for experiments.</summary>
    public bool CheckComponents { get; init; } = true;

    /// <summary>Replaces the address that the machine starts after unpacking (stage3b); for experiments.</summary>
    public ulong? PswAddress { get; init; }
}
