using ImageFactory.Model;

namespace ImageFactory.Publishing.Gcp;

/// <summary>Faults of Google Cloud. IFU501 to IFU599.</summary>
internal static class GcpFaults
{
    public static Fault NoProject(string where) =>
        new("IFU501", ExitCode.Configuration, "there is no project")
        {
            Where = where,
            Hint = "set 'project', or GCP_PROJECT_ID in the environment",
        };

    public static Fault NoCredentials(string where, string reason) =>
        new("IFU502", ExitCode.Configuration, "there are no credentials for Google Cloud")
        {
            Where = where,
            Detail = reason,
            Hint = "set GCP_CREDENTIALS to the JSON key of a service account, or GOOGLE_APPLICATION_CREDENTIALS to its file",
        };

    public static Fault NoSuchArchitecture(string where, Architecture architecture) =>
        new("IFU503", ExitCode.InvalidInput, $"Google Cloud has no {(architecture == Architecture.S390x ? "s390x" : architecture.ToString())} machines")
        {
            Where = where,
            Hint = "remove this destination from the recipe of that architecture",
        };

    public static Fault NotPermitted(string where, GcpError error) =>
        new("IFU504", ExitCode.NotPermitted, $"these credentials may not {error.Operation}")
        {
            Where = where,
            Detail = Words(error),
            Hint = "give the service account roles/compute.storageAdmin in the project and roles/storage.objectAdmin on the bucket",
        };

    public static Fault BadCredentials(string where, string reason) =>
        new("IFU505", ExitCode.Configuration, "Google Cloud does not accept these credentials")
        {
            Where = where,
            Detail = reason,
            Hint = "make a new key of the service account; a clock that is wrong by minutes has the same effect",
        };

    public static Fault BadValue(string where, string key, string value, string expected) =>
        new("IFU506", ExitCode.InvalidInput, $"'{key}' is '{value}', which Google Cloud does not take")
        {
            Where = where,
            Hint = expected,
        };

    public static Fault Quota(string where, GcpError error) =>
        new("IFU507", ExitCode.Unavailable, $"a quota of the project keeps Google from {error.Operation}")
        {
            Where = where,
            Detail = Words(error),
            Hint = "remove what is not needed (./build.sh gc lists it), or ask for a higher quota",
        };

    public static Fault Passing(string where, GcpError error) =>
        new("IFU508", ExitCode.TryAgain, $"Google could not {error.Operation} for now, after several attempts")
        {
            Where = where,
            Detail = Words(error),
            Hint = "repeat the run later",
        };

    public static Fault Refused(string where, GcpError error) =>
        new("IFU509", ExitCode.InvalidInput, $"Google refuses to {error.Operation}")
        {
            Where = where,
            Detail = Words(error),
            Hint = "the lines above are the service's own words; mend the destination's settings",
        };

    public static Fault NameOfAnother(string where, string name) =>
        new("IFU510", ExitCode.NotPermitted, $"the name '{name}' is taken by an image that is not this owner's")
        {
            Where = where,
            Hint = "set another 'name', or the same 'owner' as that image's",
        };

    public static Fault NameOfOtherImage(string where, string name) =>
        new("IFU511", ExitCode.NotPermitted, $"the name '{name}' is taken by an earlier image of this owner")
        {
            Where = where,
            Hint = "leave 'name' out, so that each image has its own, or ./build.sh unpublish the earlier one first",
        };

    public static Fault BucketAbsent(string where, string bucket) =>
        new("IFU512", ExitCode.MissingInput, $"there is no bucket '{bucket}'")
        {
            Where = where,
            Hint = "make it with gcloud storage buckets create, or leave 'bucket' out: one is then made for the upload and removed after it",
        };

    public static Fault RightsMissing(string where, string on, IReadOnlyList<string> missing) =>
        new("IFU513", ExitCode.NotPermitted, $"these credentials lack rights on {on}: {string.Join(", ", missing)}")
        {
            Where = where,
            Hint = "give the service account roles/compute.storageAdmin in the project and roles/storage.objectAdmin on the bucket",
        };

    public static Fault ProjectAbsent(string where, string project) =>
        new("IFU514", ExitCode.MissingInput, $"there is no project '{project}', or these credentials may not see it")
        {
            Where = where,
            Hint = "check 'project' or GCP_PROJECT_ID: the id is needed, not the project's name",
        };

    public static Fault QuotaReached(string where, string project, double limit) =>
        new("IFU515", ExitCode.Unavailable, $"project '{project}' has as many images as its quota allows ({limit:0})")
        {
            Where = where,
            Hint = "remove what is not needed (./build.sh gc lists it), or ask for a higher quota",
        };

    public static Fault BadCertificate(string where, string file, string reason) =>
        new("IFU516", ExitCode.InvalidInput, $"{file} is no certificate")
        {
            Where = where,
            Detail = reason,
            Hint = "an X.509 certificate in PEM or DER is needed",
        };

    public static Fault BadState(string where, string name, string state) =>
        new("IFU517", ExitCode.TryAgain, $"image '{name}' ended in the state '{state}'")
        {
            Where = where,
            Hint = "repeat the run",
        };

    public static Fault NotUnderstood(string where, string reason) =>
        new("IFU518", ExitCode.Unavailable, "Google answered something that is not understood")
        {
            Where = where,
            Detail = reason,
            Hint = "check that no proxy answers in its place, then repeat the run",
        };

    public static Fault Damaged(string where, string key, string sent, string found) =>
        new("IFU519", ExitCode.TryAgain, $"the object '{key}' arrived damaged")
        {
            Where = where,
            Detail = $"sent {sent}, stored {found}",
            Hint = "repeat the run",
        };

    public static Fault ApiDisabled(string where, GcpError error) =>
        new("IFU520", ExitCode.Configuration, $"the API for {error.Operation} is not enabled in the project")
        {
            Where = where,
            Detail = Words(error),
            Hint = "gcloud services enable compute.googleapis.com storage.googleapis.com",
        };

    public static Fault Of(string where, GcpError error) => error switch
    {
        { Status: 401 } => BadCredentials(where, Words(error)),
        { Status: >= 500 or 429 or 408 } or { Reason: "INTERNAL_ERROR" or "RESOURCE_NOT_READY" or "resourceNotReady" } => Passing(where, error),
        _ when GcpError.IsThrottling(error.Reason) => Passing(where, error),
        { Reason: "accessNotConfigured" or "SERVICE_DISABLED" } => ApiDisabled(where, error),
        { Reason: "quotaExceeded" or "QUOTA_EXCEEDED" } => Quota(where, error),
        { Status: 403 } => NotPermitted(where, error),
        _ => Refused(where, error),
    };

    private static string Words(GcpError error) => error.Reason.Length > 0 ? $"{error.Reason}: {error.Said}" : error.Said;
}
