using ImageFactory.Model;

namespace ImageFactory.Publishing.Libvirt;

/// <summary>Faults of libvirt. IFU601 to IFU699.</summary>
internal static class LibvirtFaults
{
    public static Fault NotSet(string where, string key, string variable) =>
        new("IFU601", ExitCode.Configuration, $"'{key}' is not set")
        {
            Where = where,
            Hint = $"set '{key}' in the recipe, or {variable} in the environment",
        };

    public static Fault NoLibrary(string where) =>
        new("IFU602", ExitCode.Unavailable, "libvirt's client library is not on this host")
        {
            Where = where,
            Hint = "apt-get install libvirt0, or dnf install libvirt-libs",
        };

    public static Fault BadValue(string where, string key, string value, string expected) =>
        new("IFU603", ExitCode.InvalidInput, $"'{key}' is '{value}', which libvirt does not take")
        {
            Where = where,
            Hint = expected,
        };

    public static Fault NoConnection(string where, string uri, LibvirtError error) =>
        new("IFU604", ExitCode.Unavailable, $"there is no connection to {uri}")
        {
            Where = where,
            Detail = error.Said,
            Hint = "virsh -c <uri> list tells the same; for qemu+ssh the key must work without a question (keyfile= in the URI)",
        };

    public static Fault NotPermitted(string where, LibvirtError error) =>
        new("IFU605", ExitCode.NotPermitted, $"libvirt does not let this user {error.Operation}")
        {
            Where = where,
            Detail = error.Said,
            Hint = "use root or a member of the group libvirt, or another user in the URI",
        };

    public static Fault NoPool(string where, string pool) =>
        new("IFU606", ExitCode.MissingInput, $"there is no storage pool '{pool}'")
        {
            Where = where,
            Hint = "make it with virsh pool-define-as, or set 'directory': the pool is then made",
        };

    public static Fault PoolInactive(string where, string pool) =>
        new("IFU607", ExitCode.Unavailable, $"the storage pool '{pool}' is not started")
        {
            Where = where,
            Hint = $"virsh pool-start {pool}",
        };

    public static Fault OfAnother(string where, string volume, string owner) =>
        new("IFU608", ExitCode.NotPermitted, $"the volume '{volume}' belongs to '{owner}' and is not replaced")
        {
            Where = where,
            Hint = "set another 'volume', or the same 'owner'",
        };

    public static Fault Unknown(string where, string uri, string pool, string volume) =>
        new("IFU609", ExitCode.NotPermitted, $"the volume '{volume}' was not made by the factory and is not replaced")
        {
            Where = where,
            Hint = $"set another 'volume'; or, when nobody needs it any more, virsh -c '{uri}' vol-delete --pool {pool} {volume}",
        };

    public static Fault CannotReplace(string where, string volume, string reason) =>
        new("IFU610", ExitCode.Configuration, $"the volume '{volume}' could not be replaced in one step from here")
        {
            Where = where,
            Detail = reason,
            Hint = "leave 'volume' out, so that each image has its own; or reach the pool's folder on this machine or over qemu+ssh",
        };

    public static Fault Refused(string where, LibvirtError error) =>
        new("IFU611", ExitCode.Unavailable, $"libvirt could not {error.Operation}")
        {
            Where = where,
            Detail = error.Said,
            Hint = "the lines above are libvirt's own words; its journal has more",
        };

    public static Fault Busy(string where, string pool) =>
        new("IFU612", ExitCode.TryAgain, $"the storage pool '{pool}' is being written by somebody else")
        {
            Where = where,
            Hint = "repeat the run when that has ended",
        };

    public static Fault PasswordInUri(string where, string uri) =>
        new("IFU613", ExitCode.InvalidInput, $"the URI {uri} was given with a password, which libvirt does not take from there")
        {
            Where = where,
            Hint = "leave it out: use a key with qemu+ssh (keyfile= in the URI), or libvirt's own auth.conf",
        };

    public static Fault Of(string where, string uri, LibvirtError error) => error switch
    {
        { Operation: "connect", Code: not (LibvirtError.AuthFailed or LibvirtError.AccessDenied) } or { Code: LibvirtError.NoConnect } => NoConnection(where, uri, error),
        { Code: LibvirtError.Denied or LibvirtError.AuthFailed or LibvirtError.AccessDenied or LibvirtError.AuthCancelled or LibvirtError.AuthUnavailable } => NotPermitted(where, error),
        _ => Refused(where, error),
    };
}
