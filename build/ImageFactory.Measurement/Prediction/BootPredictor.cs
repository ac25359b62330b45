using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.SecureBoot;
using ImageFactory.Measurement.Stub;

namespace ImageFactory.Measurement.Prediction;

/// <summary>Lines up the events of one kind of boot, in the order in which recorded logs have them.</summary>
internal sealed class BootPredictor(BootContent content, BootSettings settings)
{
    private const string Calling = "Calling EFI Application from Boot Option";

    private readonly List<MeasuredEvent> events = [];

    /// <summary>The command line that the kernel gets.</summary>
    public static string KernelCommandLine(BootContent content, BootSettings settings)
    {
        string own = UsesPassed(content, settings) ? content.PassedCommandLine : content.CommandLine ?? "";
        return StubCommandLine.Append(StubCommandLine.Mangle(own), AddonCommandLine(content));
    }

    public static BootPrediction Predict(BootContent content, BootSettings settings) => new BootPredictor(content, settings).Predict();

    private BootPrediction Predict()
    {
        if (settings.Keys is { } keys)
            events.AddRange(SecureBootVariables.Events(keys, settings.SecureBoot));
        Add(4, TcgEventType.EfiAction, EventSubject.Action, $"firmware: {Calling}", BankDigests.OfAscii(Calling), Calling);
        foreach (int pcr in (int[])[2, 3, 4, 5])
            Add(pcr, TcgEventType.Separator, EventSubject.Separator, "separator: the firmware hands over", BankDigests.Of(new byte[4]));
        if (settings.Keys is { } enrolled && settings.SecureBoot)
            events.AddRange(SecureBootVariables.Authorities(enrolled));
        if (content.PartitionTable is { } table)
            Add(5, TcgEventType.EfiGptEvent, EventSubject.PartitionTable, table);
        Loading();
        Sections();
        foreach (MeasuredItem addon in content.Addons)
            Add(4, TcgEventType.EfiBootServicesApplication, EventSubject.Program, addon);
        Parameters();
        if (!settings.SecureBoot && content.Kernel is { } kernel)
            Add(4, TcgEventType.EfiBootServicesApplication, EventSubject.Kernel, kernel);
        KernelStub();
        foreach (string action in (string[])["Exit Boot Services Invocation", "Exit Boot Services Returned with Success"])
            Add(5, TcgEventType.EfiAction, EventSubject.Action, $"firmware: {action}", BankDigests.OfAscii(action), action);
        foreach (string phase in settings.Phases)
            Add(11, TcgEventType.Userspace, EventSubject.Phase, $"boot phase {phase}", BankDigests.OfAscii(phase), phase);
        return new BootPrediction
        {
            SecureBoot = settings.SecureBoot,
            Phases = settings.Phases,
            Sequence = EventSequence.Fold(events),
            Predicted = [.. Predicted().Select(Register.Pcr)],
            NotVerified = Doubts(),
        };
    }

    private IEnumerable<int> Predicted() => settings.Keys is null || content.HasShim ? [2, 3, 4, 9, 11, 12, 13] : [2, 3, 4, 7, 9, 11, 12, 13];

    private void Loading()
    {
        foreach (MeasuredItem loader in content.Loaders)
        {
            Add(4, TcgEventType.EfiBootServicesApplication, EventSubject.Program, loader);
            if (content.LoaderConfiguration is { } configuration && loader == content.Loaders[^1])
                Add(5, TcgEventType.EventTag, EventSubject.BootLoaderConfiguration, configuration);
        }

        Add(4, TcgEventType.EfiBootServicesApplication, EventSubject.Program, content.Uki);
    }

    private void Sections()
    {
        foreach ((string name, MeasuredItem section) in content.Sections)
        {
            Add(11, TcgEventType.Ipl, EventSubject.SectionName, $"name {name}", BankDigests.OfAscii(name + '\0'), name);
            Add(11, TcgEventType.Ipl, EventSubject.Section, section);
        }
    }

    private void Parameters()
    {
        if (UsesPassed(content, settings))
        {
            string passed = StubCommandLine.Mangle(content.PassedCommandLine);
            Add(12, TcgEventType.Ipl, EventSubject.CommandLine, "command line of the boot option", BankDigests.OfUtf16(passed), passed);
        }

        if (content.AddonCommandLines.Count > 0)
        {
            string joined = AddonCommandLine(content);
            Add(12, TcgEventType.Ipl, EventSubject.CommandLine, "command line of the addons", BankDigests.OfUtf16(joined), joined);
        }

        if (content.Credentials is { } credentials)
            Add(12, TcgEventType.Ipl, EventSubject.Credentials, credentials);
        if (content.GlobalCredentials is { } global)
            Add(12, TcgEventType.Ipl, EventSubject.Credentials, global);
        if (content.SystemExtensions is { } system)
            Add(13, TcgEventType.Ipl, EventSubject.Extensions, system);
        if (content.ConfigurationExtensions is { } configuration)
            Add(12, TcgEventType.Ipl, EventSubject.Extensions, configuration);
        foreach (MeasuredItem addon in content.AddonContents)
            Add(12, TcgEventType.EventTag, EventSubject.Addon, addon);
    }

    private void KernelStub()
    {
        string line = KernelCommandLine(content, settings);
        if (content.KernelRules.MeasuresCommandLine && line.Length > 0)
            Add(9, TcgEventType.EventTag, EventSubject.CommandLine, "kernel command line", BankDigests.OfUtf16(line), line);
        if (content.KernelRules.MeasuresInitrd && content.Initrd is { } initrd)
            Add(9, TcgEventType.EventTag, EventSubject.Initrd, initrd);
    }

    /// <summary>Rules that no recorded boot confirmed, by the registers they decide.</summary>
    private Dictionary<Register, string> Doubts()
    {
        Dictionary<int, List<string>> doubts = [];
        if (content.Stub.Doubt is { } stub)
            Note(stub, 9, 11, 12, 13);
        if (content.KernelRules.Doubt is { } kernel)
            Note(kernel, 9);
        if (content.Stub.IsVerified && !content.Stub.LoadsAddons && content.Addons.Count > 0)
            Note("this systemd-stub loads addons only when its distributor added that", 4, 9, 12);
        if (content.Sections.Any(s => s.Name == ".profile"))
            Note("no boot of a UKI with .profile was recorded", 9, 11, 12);
        if (content.AddonContents.Any(a => a.Source?.Section == ".ucode"))
            Note("no boot with microcode in an addon was recorded", 9, 12);
        if (UsesPassed(content, settings) && StubCommandLine.Mangle(content.PassedCommandLine) != content.PassedCommandLine)
            Note("no boot with an untidy command line of a boot option was recorded", 9, 12);
        if (content.CommandLine is { } line && StubCommandLine.Mangle(line) != line && !content.Stub.HandsOnTexts)
            Note("how this systemd-stub tidies a command line was not seen in a boot", 9);
        return doubts.ToDictionary(d => Register.Pcr(d.Key), d => string.Join("; ", d.Value));

        void Note(string doubt, params int[] pcrs)
        {
            foreach (int pcr in pcrs)
            {
                if (!doubts.TryGetValue(pcr, out List<string>? list))
                    doubts.Add(pcr, list = []);
                list.Add(doubt);
            }
        }
    }

    /// <summary>With Secure Boot, and in a confidential VM that has its own line, nobody outside may choose the command line.</summary>
    private static bool UsesPassed(BootContent content, BootSettings settings) =>
        content.PassedCommandLine.Length > 0 && (!settings.SecureBoot || (content.CommandLine is null && !settings.ConfidentialVm));

    private static string AddonCommandLine(BootContent content) => StubCommandLine.Mangle(string.Join(' ', content.AddonCommandLines));

    private void Add(int pcr, TcgEventType type, EventSubject subject, MeasuredItem item) => events.Add(new MeasuredEvent
    {
        Register = Register.Pcr(pcr),
        Type = type,
        Subject = subject,
        What = item.What,
        Source = item.Source,
        Text = item.Text,
        Digest = item.Digest,
    });

    private void Add(int pcr, TcgEventType type, EventSubject subject, string what, BankDigests digest, string? text = null) =>
        Add(pcr, type, subject, new MeasuredItem(what, null, digest) { Text = text });
}
