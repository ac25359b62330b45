using ImageFactory.Model;

namespace ImageFactory.Publishing.Aws;

/// <summary>Faults of Amazon Web Services. IFU301 to IFU399.</summary>
internal static class AwsFaults
{
    public static Fault NoRegion(string where) =>
        new("IFU301", ExitCode.Configuration, "there is no region")
        {
            Where = where,
            Hint = "set 'region', or AWS_REGION in the environment",
        };

    public static Fault NoCredentials(string where, string reason) =>
        new("IFU302", ExitCode.Configuration, "there are no credentials for AWS")
        {
            Where = where,
            Detail = reason,
            Hint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE",
        };

    public static Fault Architecture(string where, Architecture architecture) =>
        new("IFU303", ExitCode.InvalidInput, $"AWS has no {(architecture == Model.Architecture.S390x ? "s390x" : architecture.ToString())} machines")
        {
            Where = where,
            Hint = "remove this destination from the recipe of that architecture",
        };

    public static Fault NotPermitted(string where, AwsError error) =>
        new("IFU304", ExitCode.NotPermitted, $"these credentials may not {error.Operation}")
        {
            Where = where,
            Detail = $"{error.Code}: {error.Said}",
            Hint = "give the role ec2: and ebs: rights as README lists them",
        };

    public static Fault BadCredentials(string where, AwsError error) =>
        new("IFU305", ExitCode.Configuration, "AWS does not accept these credentials")
        {
            Where = where,
            Detail = $"{error.Code}: {error.Said}",
            Hint = "renew them; temporary ones need AWS_SESSION_TOKEN too",
        };

    public static Fault Clock(string where, AwsError error) =>
        new("IFU306", ExitCode.Configuration, "this machine's clock is too far from AWS's")
        {
            Where = where,
            Detail = $"{error.Code}: {error.Said}",
            Hint = "set the clock (more than 15 minutes off is refused)",
        };

    public static Fault Quota(string where, AwsError error) =>
        new("IFU307", ExitCode.Unavailable, $"a limit of the account keeps AWS from {error.Operation}")
        {
            Where = where,
            Detail = $"{error.Code}: {error.Said}",
            Hint = "remove what is not needed (./build.sh gc lists it), or ask for a higher limit",
        };

    public static Fault Passing(string where, AwsError error) =>
        new("IFU308", ExitCode.TryAgain, $"AWS could not {error.Operation} for now, after several attempts")
        {
            Where = where,
            Detail = $"{error.Code}: {error.Said}",
            Hint = "repeat the run later",
        };

    public static Fault Refused(string where, AwsError error) =>
        new("IFU309", ExitCode.InvalidInput, $"AWS refuses to {error.Operation}")
        {
            Where = where,
            Detail = $"{error.Code}: {error.Said}",
            Hint = "the lines above are the service's own words; mend the destination's settings",
        };

    public static Fault NameOfAnother(string where, string name, string ami, string region) =>
        new("IFU310", ExitCode.NotPermitted, $"the name '{name}' is taken in {region} by {ami}, which is not this owner's")
        {
            Where = where,
            Hint = "set another 'name', or the same 'owner' as that image's",
        };

    public static Fault NameOfOtherImage(string where, string name, string ami, string region) =>
        new("IFU311", ExitCode.NotPermitted, $"the name '{name}' is taken in {region} by {ami}, an earlier image of this owner")
        {
            Where = where,
            Hint = "leave 'name' out, so that each image has its own, or ./build.sh unpublish the earlier one first",
        };

    public static Fault BadName(string where, string name) =>
        new("IFU312", ExitCode.InvalidInput, $"'{name}' is no name of an AMI")
        {
            Where = where,
            Hint = "3 to 128 letters, digits, blanks and ( ) [ ] . / - ' @ _",
        };

    public static Fault CopyToItself(string where, string region) =>
        new("IFU313", ExitCode.InvalidInput, $"'copyTo' names {region}, where the image is anyway, or names it twice")
        {
            Where = where,
            Hint = "remove it there",
        };

    public static Fault Deprecation(string where) =>
        new("IFU314", ExitCode.InvalidInput, "a public image can be deprecated two years after it was made at the latest")
        {
            Where = where,
            Hint = "set 'deprecateAfterDays' to 730 or less",
        };

    public static Fault WebIdentityPath(string where, string path) =>
        new("IFU315", ExitCode.Configuration, $"AWS_WEB_IDENTITY_TOKEN_FILE is '{path}', which is no absolute path of a file that is there")
        {
            Where = where,
            Hint = "name the mounted token by its absolute path; otherwise the machine's own role would be taken instead",
        };

    public static Fault VolumeTooSmall(string where, long gibibytes, int wanted) =>
        new("IFU316", ExitCode.InvalidInput, $"the disk has {gibibytes} GiB and does not fit a volume of {wanted} GiB")
        {
            Where = where,
            Hint = "set 'volumeSize' to 0 or to that size",
        };

    public static Fault UefiData(string where) =>
        new("IFU317", ExitCode.InvalidInput, "'uefiData' is not Base64, or longer than 64000 characters")
        {
            Where = where,
            Hint = "make it with python-uefivars -o aws",
        };

    public static Fault BadState(string where, string what, string state, string? reason) =>
        new("IFU318", ExitCode.TryAgain, $"{what} ended in the state '{state}'")
        {
            Where = where,
            Detail = reason,
            Hint = "repeat the run; if it happens again, AWS's own message above says why",
        };

    public static Fault NotUnderstood(string where, string reason) =>
        new("IFU319", ExitCode.Unavailable, "AWS answered something that is not understood")
        {
            Where = where,
            Detail = reason,
            Hint = "check that no proxy answers in its place, then repeat the run",
        };

    public static Fault NoBucket(string where) =>
        new("IFU320", ExitCode.Configuration, "'method: import' needs a bucket")
        {
            Where = where,
            Hint = "set 'bucket' or AWS_S3_BUCKET; the factory makes no buckets",
        };

    public static Fault BadBucket(string where, string bucket, string region, AwsError error) =>
        new("IFU321", error.Status is 403 ? ExitCode.NotPermitted : ExitCode.InvalidInput, $"the bucket '{bucket}' cannot be used in {region}")
        {
            Where = where,
            Detail = $"{error.Code}: {error.Said}",
            Hint = "it must exist in that region, and these credentials must be let in",
        };

    public static Fault NoImportRole(string where, string role) =>
        new("IFU322", ExitCode.Configuration, $"there is no role '{role}', which the import service takes on")
        {
            Where = where,
            Hint = "create it with a trust policy for vmie.amazonaws.com and rights to read the bucket and to make snapshots, or use 'method: direct', which needs none",
        };

    public static Fault UntrustingRole(string where, string role) =>
        new("IFU323", ExitCode.Configuration, $"the role '{role}' does not trust the import service")
        {
            Where = where,
            Hint = "let vmie.amazonaws.com assume it",
        };

    public static Fault NoRoom(string where, string region, string quota) =>
        new("IFU325", ExitCode.Unavailable, $"a quota of the account leaves no room for another image in {region}")
        {
            Where = where,
            Detail = quota,
            Hint = "remove what is not needed (./build.sh gc lists what is ours), or ask for a higher quota",
        };

    public static Fault PublicBlocked(string where, string region, string? detail) =>
        new("IFU324", ExitCode.NotPermitted, $"the account blocks public images in {region}")
        {
            Where = where,
            Detail = detail,
            Hint = "set 'public: false' and name 'accounts', or let an administrator call aws ec2 disable-image-block-public-access there (it may be set by a policy of the organization)",
        };

    public static Fault Of(string where, AwsError error) => error switch
    {
        { Code: "RequestExpired" or "RequestTimeTooSkewed" } => Clock(where, error),
        { Code: "InvalidClientTokenId" or "SignatureDoesNotMatch" or "UnrecognizedClientException" or "ExpiredToken" or "ExpiredTokenException" or "AuthFailure" or "InvalidSignatureException" } =>
            BadCredentials(where, error),
        { Status: >= 500 or 429 or 408 } => Passing(where, error),
        _ when AwsError.IsThrottling(error.Code, error.Said) => Passing(where, error),
        { Status: 403 } or { Code: "UnauthorizedOperation" or "AccessDeniedException" or "OperationNotPermitted" } => NotPermitted(where, error),
        { Status: 402 } => Quota(where, error),
        _ when error.Code.EndsWith("LimitExceeded", StringComparison.Ordinal) || error.Code.Contains("QuotaExceeded", StringComparison.Ordinal) => Quota(where, error),
        _ => Refused(where, error),
    };
}
