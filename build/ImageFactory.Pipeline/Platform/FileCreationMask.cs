namespace ImageFactory.Pipeline.Platform;

/// <summary>
/// Modes of files are part of an output's digest. With one fixed mask for the whole process (and the programs it starts)
/// they do not depend on the shell the factory was started from.
/// </summary>
public static class FileCreationMask
{
    private const uint GroupAndOthersMayNotWrite = 0x12;

    /// <summary>Sets the mask to 022. Called once by the host, before it creates any file.</summary>
    public static void Fix() => _ = Native.SetUmask(GroupAndOthersMayNotWrite);
}
