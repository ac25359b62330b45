namespace ImageFactory.SecureExecution.Format;

/// <summary>What the Ultravisor decrypts. The number is the first half-word of the component's tweaks (SE format, section 5.1).</summary>
public enum ComponentKind
{
    Kernel = 0x28,
    Ramdisk = 0x32,
    CommandLine = 0x3C,
    Stage3b = 0x46,
}
