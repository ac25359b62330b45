using System.Text;
using System.Text.RegularExpressions;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Layout;

/// <summary>Follows the boot from <c>\EFI\BOOT\BOOTX64.EFI</c> to the UKI, without a choice on the way.</summary>
internal sealed partial class ChainReader(EspFiles files)
{
    private const string BootFolder = @"\EFI\BOOT";
    private const string BootProgram = @"\EFI\BOOT\BOOTX64.EFI";
    private const string UkiFolder = @"\EFI\Linux";
    private const string EntryFolder = @"\loader\entries";

    private readonly List<EfiProgram> loaders = [];
    private string passed = "";
    private bool resets;

    /// <exception cref="FactoryException">IFM102 to IFM111: no chain, or more than one.</exception>
    public BootChain Read()
    {
        string first = files.Find(BootProgram) ?? throw Fault(LayoutFaults.NoBootProgram(files.Image));
        EfiProgram uki = Follow(files.Program(first));
        string[] kernels = [.. files.Paths.Where(IsKernel)];
        return kernels.Length > 1
            ? throw Fault(LayoutFaults.SeveralKernels(files.Image, kernels))
            : new BootChain(loaders, uki, passed, resets);
    }

    private EfiProgram Follow(EfiProgram program)
    {
        switch (program.Kind)
        {
            case ProgramKind.Uki:
                return program;
            case ProgramKind.SystemdBoot:
                loaders.Add(program);
                return SystemdBoot(program);
            case ProgramKind.Shim:
                return Shim(program);
            case ProgramKind.Grub:
                throw Fault(LayoutFaults.Grub(files.Image, program.Path));
            default:
                throw Fault(LayoutFaults.UnknownProgram(files.Image, program.Path));
        }
    }

    private EfiProgram SystemdBoot(EfiProgram loader)
    {
        string[] entries = [.. files.In(EntryFolder).Where(p => p.EndsWith(".conf", StringComparison.OrdinalIgnoreCase))];
        string[] kernels = [.. files.In(UkiFolder).Where(IsKernel)];
        if (kernels.Length + entries.Length > 1 && entries.Length > 0)
            throw Fault(LayoutFaults.LoaderEntry(files.Image, entries[0], "stands beside another way to boot"));
        if (kernels.Length > 1)
            throw Fault(LayoutFaults.SeveralKernels(files.Image, kernels));
        string path = entries.Length == 1 ? EntryTarget(entries[0])
            : kernels.Length == 1 ? kernels[0]
            : throw Fault(LayoutFaults.NoUki(files.Image, loader.Path));
        if (BootCount().IsMatch(path))
            throw Fault(LayoutFaults.BootCounting(files.Image, path));
        return files.Program(path);
    }

    /// <summary>A type 1 entry of the Boot Loader Specification (UAPI.1): it may name a UKI and nothing that changes the boot.</summary>
    private string EntryTarget(string entry)
    {
        Dictionary<string, string> keys = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in Encoding.UTF8.GetString(files.Read(entry)).Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#'))
        {
            string[] words = line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            keys[words[0]] = words.Length > 1 ? words[1] : "";
        }

        if (keys.Keys.FirstOrDefault(k => k is "options" or "linux" or "initrd" or "devicetree" or "devicetree-overlay") is { } key)
            throw Fault(LayoutFaults.LoaderEntry(files.Image, entry, $"has '{key}'"));
        string named = (keys.GetValueOrDefault("efi") ?? keys.GetValueOrDefault("uki") ?? "").Replace('/', '\\');
        return files.Find(named) is { } path && IsKernel(path)
            ? path
            : throw Fault(LayoutFaults.LoaderEntry(files.Image, entry, named.Length == 0 ? "names no program" : $"names {named}, which is no UKI of the image"));
    }

    private EfiProgram Shim(EfiProgram shim)
    {
        if (string.Equals(EspFiles.FolderOf(shim.Path), BootFolder, StringComparison.OrdinalIgnoreCase) && files.Find($@"{BootFolder}\fbx64.efi") is not null)
            return Fallback();
        loaders.Add(shim);
        return SecondStage(shim, "");
    }

    /// <summary>The fallback program makes boot entries from the lists in the vendors' folders and resets; the next boot takes them.</summary>
    private EfiProgram Fallback()
    {
        (string File, string[] Fields)[] entries =
        [
            .. files.Folders.Where(f => string.Equals(EspFiles.FolderOf(f), @"\EFI", StringComparison.OrdinalIgnoreCase) && !string.Equals(f, BootFolder, StringComparison.OrdinalIgnoreCase))
                .Select(f => files.Find($@"{f}\BOOTX64.CSV")).OfType<string>()
                .SelectMany(f => Lines(files.Read(f)).Select(l => (f, l.Split(',')))),
        ];
        if (entries.Length != 1)
            throw Fault(LayoutFaults.FallbackEntries(files.Image, [.. entries.Select(e => $"{e.File} '{string.Join(',', e.Fields)}'")]));

        (string file, string[] fields) = entries[0];
        string target = $@"{EspFiles.FolderOf(file)}\{fields[0].Trim()}";
        string options = fields.Length > 2 ? fields[2] : "";
        EfiProgram program = files.Program(files.Find(target) ?? throw Fault(LayoutFaults.FallbackTarget(files.Image, file, target)));
        resets = true;
        if (program.Kind == ProgramKind.Shim)
        {
            loaders.Add(program);
            return SecondStage(program, options);
        }

        if (program.Kind == ProgramKind.Uki)
            passed = options;
        else if (options.Length > 0)
            throw Fault(LayoutFaults.LoaderEntry(files.Image, file, "passes options to a program that is no UKI"));
        return Follow(program);
    }

    /// <param name="options">The first word names the second stage, the rest is passed to it.</param>
    private EfiProgram SecondStage(EfiProgram shim, string options)
    {
        string[] words = options.Split(' ', 2);
        string name = words[0].Length == 0 ? "grubx64.efi" : words[0];
        string path = name.StartsWith('\\') ? name : $@"{EspFiles.FolderOf(shim.Path)}\{name}";
        EfiProgram second = files.Program(files.Find(path) ?? throw Fault(LayoutFaults.NoSecondStage(files.Image, path)));
        if (second.Kind == ProgramKind.Uki)
            passed = words.Length > 1 ? words[1] : "";
        return second.Kind == ProgramKind.Shim ? throw Fault(LayoutFaults.UnknownProgram(files.Image, second.Path)) : Follow(second);
    }

    /// <summary>UTF-16LE, with or without a byte order mark.</summary>
    private static IEnumerable<string> Lines(byte[] csv) =>
        Encoding.Unicode.GetString(csv).TrimStart('\ufeff').Split(['\r', '\n', '\0'], StringSplitOptions.RemoveEmptyEntries).Where(l => l.Trim().Length > 0);

    private bool IsKernel(string path)
    {
        if (!path.EndsWith(".efi", StringComparison.OrdinalIgnoreCase))
            return false;
        try
        {
            return files.Program(path).Kind == ProgramKind.Uki;
        }
        catch (FactoryException)
        {
            // What is no sound PE file is not started by any loader.
            return false;
        }
    }

    private static FactoryException Fault(Fault fault) => new(fault);

    [GeneratedRegex(@"\+\d+(-\d+)?\.efi$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex BootCount();
}

/// <param name="Passed">Command line that the boot option passes to the UKI.</param>
/// <param name="ResetsOnce">The first boot ends with a reset.</param>
internal sealed record BootChain(IReadOnlyList<EfiProgram> Loaders, EfiProgram Uki, string Passed, bool ResetsOnce);
