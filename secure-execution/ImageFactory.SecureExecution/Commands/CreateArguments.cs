using System.Globalization;
using ImageFactory.Model;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.HostKeys;
using ImageFactory.SecureExecution.Writing;

namespace ImageFactory.SecureExecution.Commands;

/// <summary>
/// The arguments of <c>se create</c>: pvimg's names for what means the same (SE format, section 10). Parsing is strict and
/// tells all faults at once.
/// </summary>
/// <remarks>
/// One default differs: nothing is fetched unless <c>--online</c> is given, so <c>--offline</c> says only what holds anyway.
/// </remarks>
public sealed class CreateArguments
{
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["-i"] = "--kernel",
        ["--image"] = "--kernel",
        ["-r"] = "--ramdisk",
        ["-p"] = "--parmfile",
        ["-o"] = "--output",
        ["-k"] = "--host-key-document",
        ["-C"] = "--cert",
        ["--crt"] = "--cert",
        ["--comm-key"] = "--cck",
        ["--x-header-key"] = "--hdr-key",
        ["--x-comp-key"] = "--image-key",
    };

    private static readonly HashSet<string> Single = new(StringComparer.Ordinal)
    {
        "--kernel", "--ramdisk", "--parmfile", "--output", "--root-ca", "--cck", "--hdr-key", "--image-key", "--x-bootloader-directory", "--x-psw", "--x-pcf", "--x-scf",
    };

    private static readonly HashSet<string> Repeatable = new(StringComparer.Ordinal) { "--host-key-document", "--cert", "--crl" };

    private static readonly string[] Flags = ["dump", "image-encryption", "pckmo", "pckmo-hmac", "backup-keys", "cck-extension-secret", "cck-update"];

    private static readonly HashSet<string> Switches = new(
        ["--no-verify", "--offline", "--online", "--no-component-check", "--overwrite", .. Flags.Select(f => "--enable-" + f), .. Flags.Select(f => "--disable-" + f)],
        StringComparer.Ordinal);

    private readonly Dictionary<string, List<string>> values = new(StringComparer.Ordinal);

    private CreateArguments()
    {
    }

    public string Kernel => Value("--kernel")!;

    public string? Ramdisk => Value("--ramdisk");

    /// <summary>The file with the kernel command line.</summary>
    public string? CommandLine => Value("--parmfile");

    public string Output => Value("--output")!;

    public HostKeySettings HostKeys => new()
    {
        HostKeys = Values("--host-key-document"),
        Verify = !Has("--no-verify"),
        Certificates = Values("--cert"),
        Crls = Values("--crl"),
        RootCa = Value("--root-ca"),
        Online = Has("--online"),
    };

    /// <summary>Key files of the owner: raw bytes.</summary>
    public string? CckFile => Value("--cck");

    public string? HeaderKeyFile => Value("--hdr-key");

    public string? ImageKeyFile => Value("--image-key");

    public ControlFlags ControlFlags { get; private set; } = new();

    public ulong? PswAddress { get; private set; }

    /// <exception cref="FactoryException">IFS129 to IFS131, IFS201 to IFS207, IFS223, IFS251 to IFS254, IFS257: usage.</exception>
    public static CreateArguments Parse(IReadOnlyList<string> arguments)
    {
        CreateArguments parsed = new();
        List<Fault> faults = [];
        for (int i = 0; i < arguments.Count; i++)
            parsed.Take(arguments, ref i, faults);
        parsed.Check(faults);
        FactoryException.ThrowIfAny(faults);
        return parsed;
    }

    /// <param name="documents">What the verification of <see cref="HostKeys"/> gave.</param>
    /// <param name="keys">The owner's keys; see <see cref="OwnerKeys.Read"/>.</param>
    public SecureImageRequest ToRequest(IReadOnlyList<HostKeyDocument> documents, OwnerKeys keys) => new()
    {
        Kernel = ComponentSource.File(Kernel),
        Ramdisk = Ramdisk is { } ramdisk ? ComponentSource.File(ramdisk) : null,
        CommandLine = CommandLine is { } line ? ComponentSource.File(line) : null,
        HostKeys = documents,
        LoaderFolder = Value("--x-bootloader-directory") ?? LoaderBlobs.DefaultFolder,
        Output = Output,
        Overwrite = Has("--overwrite"),
        Flags = ControlFlags,
        Cck = keys.Cck,
        HeaderKey = keys.HeaderKey,
        ImageKey = keys.ImageKey,
        CheckComponents = !Has("--no-component-check"),
        PswAddress = PswAddress,
    };

    private void Take(IReadOnlyList<string> arguments, ref int i, List<Fault> faults)
    {
        string argument = arguments[i];
        string? attached = null;
        if (argument.StartsWith("--", StringComparison.Ordinal) && argument.IndexOf('=') is > 0 and int equals)
            (argument, attached) = (argument[..equals], argument[(equals + 1)..]);
        string name = Aliases.GetValueOrDefault(argument, argument);

        if (Switches.Contains(name) && attached is null)
        {
            values.TryAdd(name, []);
            return;
        }

        if (!Single.Contains(name) && !Repeatable.Contains(name))
        {
            faults.Add(ArgumentFaults.Unknown(arguments[i]));
            return;
        }

        if (attached is null && i + 1 == arguments.Count)
        {
            faults.Add(ArgumentFaults.NoValue(name));
            return;
        }

        string value = attached ?? arguments[++i];
        if (!values.TryGetValue(name, out List<string>? list))
            values[name] = list = [];
        if (Repeatable.Contains(name))
            list.AddRange(value.Split(',', StringSplitOptions.RemoveEmptyEntries));
        else if (list.Count > 0)
            faults.Add(ArgumentFaults.Twice(name));
        else
            list.Add(value);
    }

    private void Check(List<Fault> faults)
    {
        if (!Has("--kernel"))
            faults.Add(ArgumentFaults.Required("--kernel"));
        if (!Has("--output"))
            faults.Add(ArgumentFaults.Required("--output"));
        if (!Has("--host-key-document"))
            faults.Add(HostKeyFaults.NoHostKeys());
        if (Has("--no-verify") && Has("--cert"))
            faults.Add(HostKeyFaults.VerifyAndUnverified());
        if (!Has("--no-verify") && !Has("--cert"))
            faults.Add(HostKeyFaults.NothingToVerifyWith());
        if (Has("--online") && Has("--offline"))
            faults.Add(ArgumentFaults.Conflict("--online", "--offline"));
        foreach (string flag in Flags.Where(f => Has("--enable-" + f) && Has("--disable-" + f)))
            faults.Add(FlagFaults.BothWays(flag));

        ulong? plaintext = Hex("--x-pcf", faults);
        ulong? secret = Hex("--x-scf", faults);
        PswAddress = Hex("--x-psw", faults);
        bool anyPlaintextFlag = Flags[..5].Any(f => Has("--enable-" + f) || Has("--disable-" + f));
        bool anySecretFlag = Flags[5..].Any(f => Has("--enable-" + f) || Has("--disable-" + f));
        if (Has("--x-pcf") && anyPlaintextFlag)
            faults.Add(FlagFaults.OverrideAndFlags("plaintext"));
        if (Has("--x-scf") && anySecretFlag)
            faults.Add(FlagFaults.OverrideAndFlags("secret"));

        ControlFlags = new ControlFlags
        {
            Dump = Has("--enable-dump"),
            ImageEncryption = !Has("--disable-image-encryption"),
            Pckmo = !Has("--disable-pckmo"),
            PckmoHmac = Has("--enable-pckmo-hmac"),
            BackupKeys = Has("--enable-backup-keys"),
            CckExtensionSecret = Has("--enable-cck-extension-secret"),
            CckUpdate = Has("--enable-cck-update"),
            PlaintextOverride = plaintext,
            SecretOverride = secret,
        };
        faults.AddRange(ControlFlags.Check(Has("--cck"), Has("--image-key")).Where(f => !faults.Exists(known => known.Code == f.Code)));
    }

    private ulong? Hex(string option, List<Fault> faults)
    {
        if (Value(option) is not { } text)
            return null;
        string digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
        if (digits.Length is > 0 and <= 16 && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value))
            return value;
        faults.Add(option == "--x-psw" ? WriterFaults.NotAnAddress(text) : FlagFaults.NotHex(option, text));
        return null;
    }

    private bool Has(string option) => values.ContainsKey(option);

    private string? Value(string option) => values.TryGetValue(option, out List<string>? list) && list.Count > 0 ? list[0] : null;

    private List<string> Values(string option) => values.TryGetValue(option, out List<string>? list) ? list : [];
}
