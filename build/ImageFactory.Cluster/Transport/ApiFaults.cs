using ImageFactory.Cluster.Access;
using ImageFactory.Model;

namespace ImageFactory.Cluster.Transport;

internal static class ApiFaults
{
    public static Fault NotKnown(ClusterAccess access, string said) => new("IFK201", ExitCode.NotPermitted, "the API server does not know who asks")
    {
        Where = access.Server.ToString(),
        Detail = said,
        Hint = $"the token of the {access.Source} has expired or is of another cluster",
    };

    public static Fault NotAllowed(ApiRequest request, string said) => new("IFK202", ExitCode.NotPermitted, $"not allowed to {request}")
    {
        Detail = said,
        Hint = $"give the service account a Role in namespace {request.Namespace} with verb '{request.Verb}' on '{request.Resource}'",
    };

    public static Fault Absent(ApiRequest request) => new("IFK203", ExitCode.MissingInput, $"there is no {request.Resource} {request.Name} in namespace {request.Namespace}")
    {
        Hint = "create it first, or look whether the namespace is the right one",
    };

    public static Fault Contended(ApiRequest request, int attempts) => new("IFK204", ExitCode.TryAgain, $"somebody else changed {request.Resource} {request.Name} each of the {attempts} times it was to be changed")
    {
        Hint = "run it again; two Jobs for one provider must not run at once",
    };

    public static Fault Refused(ApiRequest request, ApiAnswer answer) => new("IFK205", ExitCode.Unavailable, $"the API server did not {request}: it answered {(int)answer.Status}")
    {
        Detail = answer.Message,
    };

    public static Fault NotOurs(ApiRequest request, string owner) => new("IFK206", ExitCode.NotPermitted, $"{request.Resource} {request.Name} in namespace {request.Namespace} belongs to {owner}")
    {
        Hint = "it is not overwritten: name another one, or delete it",
    };

    public static Fault Unreachable(ClusterAccess access, string why) => new("IFK301", ExitCode.Unavailable, "the API server does not answer")
    {
        Where = access.Server.ToString(),
        Detail = why,
        Hint = $"the address comes from the {access.Source}; NO_PROXY must cover it where a proxy is set",
    };

    public static Fault Untrusted(ClusterAccess access, string why) => new("IFK302", ExitCode.Unavailable, "the certificate of the API server is not trusted")
    {
        Where = access.Server.ToString(),
        Detail = why,
        Hint = $"authority and address come from the {access.Source}; do they belong to the same cluster?",
    };
}
