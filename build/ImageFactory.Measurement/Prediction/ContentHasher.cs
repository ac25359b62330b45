using System.Text;
using ImageFactory.Images.Extents;
using ImageFactory.Images.Pe;
using ImageFactory.Images.Uki;
using ImageFactory.Measurement.Events;
using ImageFactory.Measurement.Hashing;
using ImageFactory.Measurement.Layout;
using ImageFactory.Measurement.Stub;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Prediction;

/// <summary>Computes all digests of a layout, reading the UKI once.</summary>
internal sealed class ContentHasher
{
    private const int TextLimit = 64 << 10;

    /// <summary>No section of a UKI is zeros beyond what the file holds; a hostile one must not cost minutes.</summary>
    private const long MaximumZeros = 16 << 20;

    private readonly BootLayout layout;
    private readonly string image;
    private readonly StubRules stub;
    private readonly KernelRules kernel;
    private readonly HashPass pass;
    private readonly List<Action<IReadOnlyList<BankDigests>>> answers = [];
    private readonly PeFile uki;

    private ContentHasher(BootLayout layout, string image, StubRules stub, KernelRules kernel, IReadOnlyList<Bank> banks)
    {
        this.layout = layout;
        this.image = image;
        this.stub = stub;
        this.kernel = kernel;
        uki = layout.Uki.Content.Pe;
        pass = new HashPass(layout.Uki.File, banks);
    }

    /// <param name="image">How faults name the image.</param>
    /// <param name="stubRules">Null: those of the stub's version.</param>
    /// <param name="kernelRules">Null: those that the kernel's strings tell.</param>
    /// <exception cref="FactoryException">IFI3xx: a program is damaged. IFM116, IFM117: a section that no stub takes as it is.</exception>
    public static Task<BootContent> HashAsync(
        BootLayout layout, string image, IReadOnlyList<Bank> banks, StubRules? stubRules, KernelRules? kernelRules, CancellationToken cancellation)
    {
        UkiFile uki = layout.Uki.Content;
        IExtentSource linux = uki.Pe.Content(uki.Pe.Find(SectionNames.Linux)!);
        return new ContentHasher(layout, image, stubRules ?? StubRules.Of(uki.Stub), kernelRules ?? KernelRules.Read(linux, cancellation), banks).HashAsync(cancellation);
    }

    private async Task<BootContent> HashAsync(CancellationToken cancellation)
    {
        CheckSections();
        Func<MeasuredItem>[] loaders = [.. layout.Loaders.Select(l => Program(l, PiecesOf(l)))];
        Func<MeasuredItem> program = Program(layout.Uki, PiecesOf(layout.Uki));
        Func<MeasuredItem>[] addons = [.. layout.Addons.Select(a => Program(a, PiecesOf(a)))];
        Func<MeasuredItem>? inner = Kernel();
        (string Name, Func<MeasuredItem> Item)[] sections = [.. stub.Sections.Where(s => uki.Find(s) is not null).Select(s => (s, Section(layout.Uki, s, $"section {s}")))];
        (EfiProgram Addon, string Section)[] contents =
        [
            .. layout.Addons.Reverse().Select(a => (a, ".ucode")).Concat(layout.Addons.Select(a => (a, SectionNames.Initrd))).Where(c => c.a.Content.Pe.Find(c.Item2) is not null),
        ];
        Func<MeasuredItem>[] addonContents = [.. contents.Select(c => Section(c.Addon, c.Section, $"section {c.Section} of {c.Addon.Path}"))];
        List<Piece> credentials = Archive(".extra/credentials", 0x140, 0x100, layout.Credentials);
        List<Piece> globalCredentials = Archive(".extra/global_credentials", 0x140, 0x100, layout.GlobalCredentials);
        List<Piece> systemExtensions = Archive(".extra/sysext", 0x16d, 0x124, layout.SystemExtensions);
        List<Piece> configurationExtensions = Archive(".extra/confext", 0x16d, 0x124, layout.ConfigurationExtensions);
        List<Piece> initrd = Initrd([credentials, globalCredentials, systemExtensions, configurationExtensions], contents);

        Func<MeasuredItem>? initrdItem = initrd.Count == 0 ? null : Made("initrd as the kernel gets it", initrd);
        Func<MeasuredItem>? credentialItem = Archived("credentials", credentials, layout.Credentials);
        Func<MeasuredItem>? globalItem = Archived("global credentials", globalCredentials, layout.GlobalCredentials);
        Func<MeasuredItem>? systemItem = Archived("system extensions", systemExtensions, layout.SystemExtensions);
        Func<MeasuredItem>? configurationItem = Archived("configuration extensions", configurationExtensions, layout.ConfigurationExtensions);
        IReadOnlyList<BankDigests> digests = await pass.RunAsync(cancellation).ConfigureAwait(false);
        foreach (Action<IReadOnlyList<BankDigests>> answer in answers)
            answer(digests);

        return new BootContent
        {
            Stub = stub,
            KernelRules = kernel,
            Loaders = [.. loaders.Select(l => l())],
            HasShim = layout.Loaders.Any(l => l.Kind == ProgramKind.Shim),
            Uki = program(),
            Addons = [.. addons.Select(a => a())],
            Kernel = inner?.Invoke(),
            Sections = [.. sections.Select(s => (s.Name, s.Item()))],
            CommandLine = TextOf(layout.Uki, SectionNames.CommandLine),
            AddonCommandLines = [.. layout.Addons.Select(a => TextOf(a, SectionNames.CommandLine)).OfType<string>()],
            PassedCommandLine = layout.PassedCommandLine,
            Initrd = initrdItem?.Invoke(),
            Credentials = credentialItem?.Invoke(),
            GlobalCredentials = globalItem?.Invoke(),
            SystemExtensions = systemItem?.Invoke(),
            ConfigurationExtensions = configurationItem?.Invoke(),
            AddonContents = [.. addonContents.Select(a => a())],
            PartitionTable = new MeasuredItem("GUID partition table", new MeasuredSource("disk", null, null, layout.PartitionTableEvent.Length), BankDigests.Of(layout.PartitionTableEvent)),
            LoaderConfiguration = layout.LoaderConfiguration is { } conf
                ? new MeasuredItem(@"\loader\loader.conf", new MeasuredSource(@"\loader\loader.conf", null, 0, conf.Length), BankDigests.Of(conf)) { Text = Encoding.UTF8.GetString(conf) }
                : null,
        };
    }

    /// <summary>Asks for the digest of the pieces; the result gives it once the pass is over.</summary>
    private Func<BankDigests> Ask(IEnumerable<Piece> pieces)
    {
        int place = pass.Add(pieces);
        BankDigests? digest = null;
        answers.Add(digests => digest = digests[place]);
        return () => digest!;
    }

    private Func<MeasuredItem> Program(EfiProgram program, IReadOnlyList<Piece> pieces)
    {
        Func<BankDigests> digest = Ask(pieces);
        return () => new MeasuredItem(program.Path, new MeasuredSource(program.Path, null, 0, program.File.Length), digest());
    }

    private static IReadOnlyList<Piece> PiecesOf(EfiProgram program) =>
        [.. program.Content.Pe.AuthenticodeRanges().Select(r => Piece.Of(program.File, r.Offset, r.Length))];

    private Func<MeasuredItem> Section(EfiProgram program, string name, string what)
    {
        PeSection section = program.Content.Pe.Find(name)!;
        Func<BankDigests> digest = Ask(PiecesOf(program, section, 0, section.VirtualSize));
        string? text = name is SectionNames.CommandLine or SectionNames.OsRelease or SectionNames.KernelRelease or SectionNames.Sbat ? TextOf(program, name) : null;
        return () => new MeasuredItem(what, new MeasuredSource(program.Path, name, section.RawOffset, section.VirtualSize), digest()) { Text = text };
    }

    /// <summary>A part of a section as it is in memory: what the file holds, and zeros after it.</summary>
    private static IEnumerable<Piece> PiecesOf(EfiProgram program, PeSection section, long offset, long length)
    {
        long stored = Math.Min(section.VirtualSize, section.RawSize);
        long fromFile = Math.Clamp(stored - offset, 0, length);
        yield return Piece.Of(program.File, section.RawOffset + offset, fromFile);
        yield return Piece.Zeros(length - fromFile);
    }

    /// <summary>The firmware loads the kernel as a program of its own, from the section's bytes in memory.</summary>
    private Func<MeasuredItem>? Kernel()
    {
        PeSection section = uki.Find(SectionNames.Linux)!;
        IReadOnlyList<FileRange> ranges;
        try
        {
            ranges = PeFile.Read(uki.Content(section)).AuthenticodeRanges();
        }
        catch (FactoryException)
        {
            // Kernels without EFI stub are jumped into; no firmware measures them as programs.
            return null;
        }

        Func<BankDigests> digest = Ask(ranges.SelectMany(r => PiecesOf(layout.Uki, section, r.Offset, r.Length)));
        return () => new MeasuredItem("kernel inside the UKI", new MeasuredSource(layout.Uki.Path, SectionNames.Linux, section.RawOffset, section.VirtualSize), digest());
    }

    private Func<MeasuredItem> Made(string what, List<Piece> pieces, string? text = null)
    {
        Func<BankDigests> digest = Ask(pieces);
        return () => new MeasuredItem(what, new MeasuredSource("made at boot", null, null, Piece.LengthOf(pieces)), digest()) { Text = text };
    }

    private Func<MeasuredItem>? Archived(string what, List<Piece> archive, IReadOnlyList<Sidecar> files) =>
        archive.Count == 0 ? null : Made($"{what}: {string.Join(", ", files.Select(f => f.Name))}", archive);

    private static List<Piece> Archive(string folder, uint folderMode, uint fileMode, IReadOnlyList<Sidecar> files) =>
        files.Count == 0 ? [] : [.. CpioArchive.Of(folder, folderMode, fileMode, files.Select(f => (f.Name, f.Content)))];

    /// <summary>
    /// The parts in the order of systemd-stub 257, each filled with zeros to a multiple of 4; a single part is passed as it is.
    /// </summary>
    private List<Piece> Initrd(IReadOnlyList<List<Piece>> archives, (EfiProgram Addon, string Section)[] addonContents)
    {
        List<List<Piece>> parts = [.. addonContents.Where(c => c.Section == ".ucode").Select(c => WholeSection(c.Addon, c.Section))];
        if (stub.Sections.Contains(".ucode"))
            parts.Add(WholeSection(layout.Uki, ".ucode"));
        parts.Add(WholeSection(layout.Uki, SectionNames.Initrd));
        parts.AddRange(archives);
        parts.Add(HandedOn(".pcrsig", "tpm2-pcr-signature.json"));
        parts.Add(HandedOn(".pcrpkey", "tpm2-pcr-public-key.pem"));
        if (stub.HandsOnTexts)
        {
            parts.Add(HandedOn(SectionNames.OsRelease, "os-release"));
            parts.Add(HandedOn(".profile", "profile"));
        }

        parts.AddRange(addonContents.Where(c => c.Section == SectionNames.Initrd).Select(c => WholeSection(c.Addon, c.Section)));
        parts.RemoveAll(p => Piece.LengthOf(p) == 0);
        return parts.Count == 1 ? parts[0] : [.. parts.SelectMany(p => p.Append(CpioArchive.Padding(Piece.LengthOf(p))))];
    }

    private static List<Piece> WholeSection(EfiProgram program, string name) =>
        program.Content.Pe.Find(name) is { } section ? [.. PiecesOf(program, section, 0, section.VirtualSize)] : [];

    private List<Piece> HandedOn(string section, string name) =>
        uki.Find(section) is null ? [] : [.. CpioArchive.OfSection(name, uki.ReadSection(section, TextLimit))];

    private string? TextOf(EfiProgram program, string section)
    {
        if (program.Content.Pe.Find(section) is null)
            return null;
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(program.Content.Pe.ReadSection(section, TextLimit)).Split('\0')[0];
        }
        catch (DecoderFallbackException e)
        {
            throw new FactoryException(LayoutFaults.TextSection(image, $"{program.Path}#{section}"), e);
        }
    }

    private void CheckSections()
    {
        IEnumerable<(EfiProgram Program, PeSection Section)> all = layout.Addons.Append(layout.Uki).SelectMany(p => p.Content.Pe.Sections.Select(s => (p, s)));
        List<Fault> faults =
        [
            .. all.Where(s => s.Section.VirtualSize > s.Section.RawSize + MaximumZeros)
                .Select(s => LayoutFaults.SectionSize(image, $"{s.Program.Path}#{s.Section.Name}", s.Section.VirtualSize, s.Section.RawSize)),
        ];
        FactoryException.ThrowIfAny(faults);
    }
}
