using ImageFactory.Build.CommandLine;
using ImageFactory.SecureExecution.Commands;
using ImageFactory.SecureExecution.HostKeys;
using ImageFactory.SecureExecution.Trustee;
using static ImageFactory.Build.CommandLine.SecureExecutionOptions;

namespace ImageFactory.Build.Composition;

/// <summary>What the command line asks of the Secure Execution library. Files are named as the caller wrote them.</summary>
internal static class SecureExecutionCalls
{
    public static HostKeySettings HostKeysOf(Invocation call, IReadOnlyList<string> documents) => new()
    {
        HostKeys = documents,
        Verify = !call.Has(NoVerify),
        Certificates = ListOf(call, Cert),
        Crls = ListOf(call, Crl),
        RootCa = call.ValueOf(RootCa),
        Online = call.Has(SecureExecutionOptions.Online),
    };

    public static SeInfoCall InfoOf(Invocation call) => new(call.Operands[0], call.ValueOf(OwnerHeaderKey), call.Has(ShowSecrets), call.Has(Full));

    public static SeVerifyCall VerifyOf(Invocation call) => new(call.Operands[0])
    {
        HeaderKeyFile = call.ValueOf(OwnerHeaderKey),
        HostKeyFile = call.ValueOf(HostKey),
        ImageKeyFile = call.ValueOf(OwnerImageKey),
        Kernel = call.ValueOf(Kernel),
        Ramdisk = call.ValueOf(Ramdisk),
        CommandLine = call.ValueOf(Parmfile),
        LoaderFolder = call.ValueOf(Loaders),
    };

    public static SeRefValuesCall RefValuesOf(Invocation call) => new(
        call.Operands[0],
        call.ValueOf(Form) ?? Forms[0],
        call.ValueOf(SecureExecutionOptions.Trustee) == "flat" ? TrusteeGeneration.Flat : TrusteeGeneration.Current,
        ListOf(call, Machine),
        call.ValueOf(Expires) is { } date && TryDate(date, out DateTimeOffset expires) ? expires : null);

    public static SeCreateCall CreateOf(Invocation call)
    {
        Option[] ours = [SaveCck, SaveHeaderKey, SaveImageKey, Options.Json, .. Options.Common];
        List<string> arguments = [];
        foreach ((Option option, IReadOnlyList<string> values) in call.Values.Where(v => !ours.Contains(v.Key)))
            arguments.AddRange(option.Value is null ? [option.Name] : values.SelectMany(value => new[] { option.Name, value }));
        return new SeCreateCall(CreateArguments.Parse(arguments), call.ValueOf(SaveCck), call.ValueOf(SaveHeaderKey), call.ValueOf(SaveImageKey));
    }

    public static SeBundleCall BundleOf(Invocation call) => new(
        call.Operands[0],
        HostKeysOf(call, ListOf(call, SecureExecutionOptions.HostKeyDocument)),
        call.ValueOf(RsaKey),
        call.ValueOf(BundleFolder)!,
        call.ValueOf(Archive));

    /// <summary>Repeatable options take lists with commas, too.</summary>
    private static IReadOnlyList<string> ListOf(Invocation call, Option option) =>
        [.. call.ValuesOf(option).SelectMany(v => v.Split(',', StringSplitOptions.RemoveEmptyEntries))];
}

internal sealed record SeInfoCall(string Image, string? HeaderKeyFile, bool ShowSecrets, bool Full);

internal sealed record SeVerifyCall(string Image)
{
    public string? HeaderKeyFile { get; init; }

    public string? HostKeyFile { get; init; }

    public string? ImageKeyFile { get; init; }

    public string? Kernel { get; init; }

    public string? Ramdisk { get; init; }

    public string? CommandLine { get; init; }

    public string? LoaderFolder { get; init; }
}

/// <param name="Machines">HKDs of the machines whose values are wanted; none: all.</param>
/// <param name="Expires">Null: a year from today.</param>
internal sealed record SeRefValuesCall(string Image, string Form, TrusteeGeneration Generation, IReadOnlyList<string> Machines, DateTimeOffset? Expires);

/// <summary>An image to make, and where its owner wants the keys.</summary>
internal sealed record SeCreateCall(CreateArguments Arguments, string? CckFile, string? HeaderKeyFile, string? ImageKeyFile);

internal sealed record SeBundleCall(string Image, HostKeySettings HostKeys, string? RsaKey, string Folder, string? Archive);
