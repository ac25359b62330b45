using LibGuestFs.Net.Native;
using Api = LibGuestFs.Net.Native.LibGuestFs;

namespace LibGuestFs.Net;

/// <summary>Programs of the guest, run in the appliance below the guest's root. The guest must be of this machine's architecture.</summary>
public sealed partial class GuestFs
{
    /// <summary>Runs a program with its arguments, without a shell.</summary>
    /// <returns>What it wrote to standard output, at most about 4 MB.</returns>
    /// <exception cref="GuestFsException">It could not be started, or ended with another code than 0; the reason holds its standard error.</exception>
    public unsafe Task<string> CommandAsync(IReadOnlyList<string> arguments, CancellationToken cancellation = default) => RunAsync(
        () =>
        {
            using NativeTexts texts = new(arguments);
            return NativeText.Take(Check("command", Api.guestfs_command(Handle, texts.List)));
        },
        cancellation);

    /// <summary>Runs a script with the guest's /bin/sh.</summary>
    /// <inheritdoc cref="CommandAsync"/>
    public Task<string> ShellAsync(string script, CancellationToken cancellation = default) => RunAsync(() => NativeText.Take(Check("sh", Api.guestfs_sh(Handle, script))), cancellation);

    /// <summary>
    /// Gives files their SELinux labels, by the guest's own rules. Needs an appliance with setfiles (feature <c>selinuxrelabel</c>), which Debian's has
    /// not; RHEL's and Fedora's have.
    /// </summary>
    /// <param name="specification">The rules, e.g. <c>/etc/selinux/targeted/contexts/files/file_contexts</c>.</param>
    /// <param name="force">Also where a label differs only in user or range.</param>
    public Task RelabelAsync(string specification, string path = "/", bool force = true, CancellationToken cancellation = default) => RunAsync(
        () =>
        {
            RelabelArguments arguments = new() { Mask = RelabelArguments.ForceBit, Force = force ? 1 : 0 };
            return Check("selinux_relabel", Api.guestfs_selinux_relabel_argv(Handle, specification, path, in arguments));
        },
        cancellation);
}
