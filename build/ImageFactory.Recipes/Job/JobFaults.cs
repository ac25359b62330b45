using ImageFactory.Model;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Job;

/// <summary>What can be wrong with the variables of a Job. IFK401 to IFK419.</summary>
internal static class JobFaults
{
    public static Fault Missing(string name, string why) =>
        new("IFK401", ExitCode.InvalidInput, $"{name} is not set")
        {
            Where = JobScope.Source(name),
            Hint = why,
        };

    public static Fault UnknownProvider(string found, IEnumerable<string> known) =>
        new("IFK402", ExitCode.InvalidInput, $"there is no provider {NodeText.Quote(found)}")
        {
            Where = JobScope.Source("CLOUD_PROVIDER"),
            Hint = $"the providers are {string.Join(", ", known)}",
        };

    public static Fault IbmCloud() =>
        new("IFK403", ExitCode.InvalidInput, "images for IBM Cloud are not made by this Job")
        {
            Where = JobScope.Source("CLOUD_PROVIDER"),
            Hint = "give the id of an image in the ConfigMap peer-pods-cm, key IBMCLOUD_PODVM_IMAGE_ID",
        };

    public static Fault BadValue(string name, string found, string expected) =>
        new("IFK404", ExitCode.InvalidInput, $"{name} cannot be {NodeText.Quote(found)}")
        {
            Where = JobScope.Source(name),
            Hint = $"it may be: {expected}",
        };

    public static Fault BadContent(string name, string why, string expected) =>
        new("IFK405", ExitCode.InvalidInput, $"the content of {name} cannot be used: {why}")
        {
            Where = JobScope.Source(name),
            Hint = expected,
        };

    public static Fault BadImage(Fault why) => why with { Where = JobScope.Source("PODVM_IMAGE_URI") };

    public static Fault NotAnImageId(string name, string found) =>
        new("IFK406", ExitCode.InvalidInput, $"{name} is not the resource id of an image version: {NodeText.Quote(found)}")
        {
            Where = JobScope.Source(name),
            Hint = "it looks like /subscriptions/…/galleries/GALLERY/images/DEFINITION/versions/VERSION",
        };

    public static Fault NotAConfigMap(string file, string? kind) =>
        new("IFK407", ExitCode.InvalidInput, kind is null ? "this is no manifest of Kubernetes: it has no 'kind'" : $"this is a {NodeText.Quote(kind)}, and no ConfigMap or Secret")
        {
            Where = file,
            Hint = "write it with: oc get configmap NAME -o yaml",
        };

    public static Fault NotBase64(string file, string key) =>
        new("IFK408", ExitCode.InvalidInput, $"'data.{key}' of this Secret is not base64") { Where = file };

    public static Fault Obsolete(IReadOnlyList<string> names) =>
        Told("IFK411", $"{Count(names)} no meaning any more: {string.Join(", ", names)}", "build/job/keys.md says what took their place; they may stay");

    public static Fault WithoutEffect(IReadOnlyList<string> names, string why) =>
        Told("IFK412", $"{Count(names)} no effect: {string.Join(", ", names)}", why);

    public static Fault Unknown(string name, string nearest) =>
        Told("IFK413", $"{name} is no variable of the Job", $"did you mean {nearest}?") with { Where = JobScope.Source(name) };

    private static string Count(IReadOnlyList<string> names) => names.Count == 1 ? "one variable has" : $"{names.Count} variables have";

    private static Fault Told(string code, string message, string hint) =>
        new Fault(code, ExitCode.InvalidInput, message) { Where = "environment", Hint = hint }.AsWarning();
}
