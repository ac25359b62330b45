using System.Globalization;
using Azure;
using ImageFactory.Model;

namespace ImageFactory.Publishing.Azure;

/// <summary>What can be wrong at an Azure gallery. IFU401 to IFU499.</summary>
internal static class AzureFaults
{
    public static Fault NotSet(string where, string key, string variable) =>
        new("IFU401", ExitCode.Configuration, $"the destination does not say its {key}")
        {
            Where = where,
            Hint = $"set '{key}' in the recipe or {variable} in the environment",
        };

    public static Fault BadValue(string where, string key, string value, string expected) =>
        new("IFU402", ExitCode.InvalidInput, $"'{value}' cannot be the {key}: {expected}")
        {
            Where = where,
            Hint = $"correct '{key}'",
        };

    public static Fault NoCredential(string where, string reason) =>
        new("IFU403", ExitCode.Configuration, "there is no way to sign in to Azure")
        {
            Where = where,
            Detail = reason,
            Hint = "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_FEDERATED_TOKEN_FILE), or sign in with 'az login'",
        };

    public static Fault NotAuthenticated(string where, string what, string said, TimeSpan? skew) =>
        new("IFU404", ExitCode.NotPermitted, $"Azure does not accept the identity, at: {what}")
        {
            Where = where,
            Detail = said,
            Hint = skew is { } off
                ? string.Create(CultureInfo.InvariantCulture, $"this machine's clock is {off.TotalMinutes:0} minutes off Azure's: set it")
                : "check tenant, client id and secret, and that the subscription belongs to the tenant",
        };

    public static Fault NotPermitted(string where, string what, string said) =>
        new("IFU405", ExitCode.NotPermitted, $"the identity may not {what}")
        {
            Where = where,
            Detail = said,
            Hint = "give it the roles Virtual Machine Contributor and Compute Gallery Artifacts Publisher on the resource group (and Network Contributor for a private endpoint)",
        };

    public static Fault ActionsMissing(string where, string group, IReadOnlyList<string> actions) =>
        new("IFU406", ExitCode.NotPermitted, $"the identity lacks rights on the resource group '{group}'")
        {
            Where = where,
            Detail = string.Join('\n', actions),
            Hint = "give it the roles Virtual Machine Contributor and Compute Gallery Artifacts Publisher on the resource group, or a role with these actions",
        };

    public static Fault Busy(string where, string what, string said) =>
        new("IFU407", ExitCode.TryAgain, $"Azure could not {what} now, after several attempts")
        {
            Where = where,
            Detail = said,
            Hint = "repeat the run",
        };

    public static Fault Quota(string where, string what, string said) =>
        new("IFU408", ExitCode.NotPermitted, $"a quota of the subscription forbids to {what}")
        {
            Where = where,
            Detail = said,
            Hint = "have the quota raised, or remove what is not needed (./build.sh gc lists what is ours)",
        };

    public static Fault Refused(string where, string what, string said) =>
        new("IFU409", ExitCode.InvalidInput, $"Azure refuses to {what}")
        {
            Where = where,
            Detail = said,
            Hint = "Azure's words above name the reason; correct the destination accordingly",
        };

    public static Fault GroupAbsent(string where, string group) =>
        new("IFU410", ExitCode.MissingInput, $"the resource group '{group}' does not exist")
        {
            Where = where,
            Hint = "create it (az group create), or name another; the factory makes no resource groups",
        };

    public static Fault OtherSecurityType(string where, string definition, string has, string wanted) =>
        new("IFU411", ExitCode.InvalidInput, $"the image definition '{definition}' has the security type {has}, the recipe wants {wanted}")
        {
            Where = where,
            Hint = "a definition's security type cannot be changed: name another definition, or set 'securityType' to what it has",
        };

    public static Fault OtherDefinition(string where, string definition, string property, string has, string wanted) =>
        new("IFU412", ExitCode.InvalidInput, $"the image definition '{definition}' has {property} {has}, the image needs {wanted}")
        {
            Where = where,
            Hint = "this cannot be changed: name another definition",
        };

    public static Fault VersionTaken(string where, string version, string holder) =>
        new("IFU413", ExitCode.InvalidInput, $"the version {version} exists already and {holder}")
        {
            Where = where,
            Hint = "choose another 'version', or remove that one first; the factory overwrites none",
        };

    public static Fault NoSuchArchitecture(string where, Architecture architecture) =>
        new("IFU414", ExitCode.InvalidInput, $"Azure has no machines of the architecture {(architecture == Architecture.S390x ? "s390x" : architecture.ToString())}")
        {
            Where = where,
            Hint = "remove this destination from the recipe",
        };

    public static Fault DiskSize(string where, long size, string limit) =>
        new("IFU415", ExitCode.InvalidInput, string.Create(CultureInfo.InvariantCulture, $"a disk of {size} bytes cannot be brought to Azure: {limit}"))
        {
            Where = where,
            Hint = "choose another 'disk.size'",
        };

    public static Fault ReplicationFailed(string where, string version, string regions) =>
        new("IFU416", ExitCode.TryAgain, $"the version {version} could not be copied to all regions")
        {
            Where = where,
            Detail = regions,
            Hint = "repeat the run; if a region stays at fault, take it out of 'regions'",
        };

    public static Fault VersionFailed(string where, string version, string state) =>
        new("IFU417", ExitCode.TryAgain, $"Azure could not make the version {version}: its state is {state}")
        {
            Where = where,
            Hint = "repeat the run; if it stays so, the activity log of the gallery tells why",
        };

    public static Fault PageRefused(string where, long offset, long length, int status, string code) =>
        new("IFU418", status is 403 or 401 ? ExitCode.TryAgain : ExitCode.Unavailable,
            string.Create(CultureInfo.InvariantCulture, $"{length} bytes at {offset} of the disk were not accepted: {status} {code}"))
        {
            Where = where,
            Hint = status is 403 or 401 ? "the permission to write may have run out, or a firewall stands between: repeat the run" : "repeat the run",
        };

    public static Fault NoEndpointAddress(string where, string endpoint) =>
        new("IFU419", ExitCode.Unavailable, $"the private endpoint '{endpoint}' got no address in its subnet")
        {
            Where = where,
            Hint = "check that the subnet has free addresses and lies in the destination's region",
        };

    public static Fault BadCertificate(string where, string file, string reason) =>
        new("IFU420", ExitCode.InvalidInput, $"'{file}' is no certificate for the Secure Boot db")
        {
            Where = where,
            Detail = reason,
            Hint = "give X.509 certificates in PEM or DER",
        };

    /// <summary>What a refused call means.</summary>
    public static Fault Of(RequestFailedException e, string where, string what, TimeProvider time)
    {
        string said = $"{e.Status} {e.ErrorCode}: {FirstLine(e.Message)}";
        return e switch
        {
            { Status: 0 } => PublishFaults.Unreachable(where, "Azure", FirstLine(e.InnerException?.Message ?? e.Message)),
            { Status: 401 } => NotAuthenticated(where, what, said, SkewOf(e, time)),
            _ when IsQuota(e) => Quota(where, what, said),
            { Status: 403 } => NotPermitted(where, what, said),
            { Status: 408 or 429 or >= 500 } => Busy(where, what, said),
            { Status: 409, ErrorCode: "AnotherOperationInProgress" or "Conflict" or "OperationPreempted" or "OperationNotAllowed" } => Busy(where, what, said),
            { ErrorCode: "InternalExecutionError" or "InternalServerError" or "InternalError" or "Timeout" } => Busy(where, what, said),
            _ => Refused(where, what, said),
        };
    }

    /// <summary>Compute's limits come as OperationNotAllowed with a text, others' as codes of their own.</summary>
    private static bool IsQuota(RequestFailedException e) =>
        e.ErrorCode is { } code && (code.Contains("Quota", StringComparison.OrdinalIgnoreCase) || (code == "OperationNotAllowed" && e.Message.Contains("quota", StringComparison.OrdinalIgnoreCase)));

    private static TimeSpan? SkewOf(RequestFailedException e, TimeProvider time) =>
        e.GetRawResponse()?.Headers.Date is { } date && (date - time.GetUtcNow()).Duration() is { TotalMinutes: >= 5 } skew ? skew : null;

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();
}
