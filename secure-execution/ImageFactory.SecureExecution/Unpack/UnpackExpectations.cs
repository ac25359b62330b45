using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Unpack;

/// <summary>What an image is to hold. Each part that is given is compared byte for byte.</summary>
public sealed record UnpackExpectations
{
    public required ComponentSource Kernel { get; init; }

    public ComponentSource? Ramdisk { get; init; }

    /// <summary>As given to the writer: without the NUL that it appends.</summary>
    public ComponentSource? CommandLine { get; init; }

    /// <summary>Folder of the loaders; null leaves stage3a and stage3b uncompared.</summary>
    public string? LoaderFolder { get; init; }

    /// <summary>The owner's image key, when it is to be proven that the image has it.</summary>
    public SecretBytes? ImageKey { get; init; }

    /// <summary>The image was made with an own start address, so the one in the header is not compared.</summary>
    public bool OwnPswAddress { get; init; }
}
