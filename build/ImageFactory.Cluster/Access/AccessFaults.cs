using ImageFactory.Model;

namespace ImageFactory.Cluster.Access;

internal static class AccessFaults
{
    public static Fault None(string own) => new("IFK101", ExitCode.Configuration, "there is no access to a cluster")
    {
        Detail = $"not in a pod (KUBERNETES_SERVICE_HOST is not set), KUBECONFIG is not set, and there is no {own}",
        Hint = "name a kubeconfig with --kubeconfig, or log in with oc or kubectl first",
    };

    public static Fault BadAddress(string said) => new("IFK102", ExitCode.Configuration, $"this is no address of an API server: {said}")
    {
        Hint = "Kubernetes sets these variables in every pod; look at the pod's env",
    };

    public static Fault BadFile(string file, string why) => new("IFK103", ExitCode.Configuration, "a file of the service account cannot be used")
    {
        Where = file,
        Detail = why,
        Hint = "the pod needs automountServiceAccountToken: true and a service account",
    };

    public static Fault BadKubeconfig(string file, string why) => new("IFK104", ExitCode.Configuration, "the kubeconfig cannot be used")
    {
        Where = file,
        Detail = why,
        Hint = "'kubectl config view' shows whether kubectl can read it",
    };

    public static Fault Missing(string file, string what) => new("IFK105", ExitCode.Configuration, $"the kubeconfig has no {what}")
    {
        Where = file,
        Hint = "choose a context that exists: kubectl config use-context NAME",
    };

    public static Fault BadEntry(string file, string key, string why) => new("IFK106", ExitCode.Configuration, $"'{key}' of the kubeconfig cannot be used")
    {
        Where = file,
        Detail = why,
    };

    public static Fault OtherLogin(string file, string user, string way) => new("IFK107", ExitCode.Configuration, $"user '{user}' logs in by {way}, which is not supported")
    {
        Where = file,
        Hint = "use a token: kubectl config set-credentials NAME --token=\"$(kubectl create token SERVICE-ACCOUNT)\"",
    };
}
