namespace LibGuestFs.Net;

/// <summary>The library or its appliance refused an operation.</summary>
/// <param name="operation">The operation, by its name in the library's manual (guestfs(3)): <c>mount_options</c>, <c>tar_in</c>.</param>
/// <param name="reason">What the library said.</param>
/// <param name="errno">The appliance's error number as Linux numbers them (2: no such file), 0 when the library gives none.</param>
#pragma warning disable CA1032 // Made from an operation and its reason only.
public class GuestFsException(string operation, string reason, int errno) : Exception($"{operation}: {reason}")
{
    public string Operation { get; } = operation;

    public string Reason { get; } = reason;

    public int Errno { get; } = errno;
}

/// <summary>libguestfs is not installed on this machine.</summary>
public sealed class GuestFsMissingException(string reason, string installCommand) : GuestFsException("load", reason, 0)
{
    /// <summary>The command that installs it on this distribution.</summary>
    public string InstallCommand { get; } = installCommand;
}
