using ImageFactory.Images.Extents;
using ImageFactory.Images.Gpt;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Layout;

/// <summary>Finds what a disk boots and everything beside it that the boot measures.</summary>
internal static class LayoutReader
{
    private const string GlobalAddons = @"\loader\addons";
    private const string GlobalCredentials = @"\loader\credentials";
    private const string AddonSuffix = ".addon.efi";
    private const string LocalSuffix = ".extra.d";

    /// <param name="disk">The disk; it must stay open as long as the result is used.</param>
    /// <param name="image">How faults name it.</param>
    /// <param name="warnings">Receives what is wrong but does not change what boots.</param>
    /// <exception cref="FactoryException">IFI2xx, IFI3xx, IFI5xx: damaged. IFM101 to IFM117: not one boot, but none or several.</exception>
    public static BootLayout Read(IExtentSource disk, string image, ICollection<Fault> warnings)
    {
        GptTable table = GptReader.Read(disk, warnings);
        GptPartition[] systems = [.. table.Partitions.Where(p => p.Type == PartitionTypes.EfiSystem)];
        if (systems.Length != 1)
            throw new FactoryException(LayoutFaults.PartitionCount(image, systems.Length));
        EspFiles files = new(image, disk.Window(systems[0].Offset, systems[0].Length, "EFI system partition"));
        BootChain chain = new ChainReader(files).Read();

        string local = chain.Uki.Path + LocalSuffix;
        List<Fault> faults = [.. files.Folders
            .Where(f => f.EndsWith(LocalSuffix, StringComparison.OrdinalIgnoreCase) && !string.Equals(f, local, StringComparison.OrdinalIgnoreCase))
            .Select(f => LayoutFaults.StrayFolder(image, f))];
        List<EfiProgram> addons = [.. Sidecars(GlobalAddons, AddonSuffix).Concat(Sidecars(local, AddonSuffix)).Select(s => files.Program(s.Path))];
        foreach (EfiProgram addon in addons)
            faults.AddRange(CheckAddon(image, addon, chain.Uki));

        BootLayout layout = new()
        {
            Loaders = chain.Loaders,
            Uki = chain.Uki,
            Addons = addons,
            Credentials = Sidecars(local, ".cred"),
            GlobalCredentials = Sidecars(GlobalCredentials, ".cred"),
            SystemExtensions = [.. Sidecars(local, ".raw").Where(s => !s.Name.EndsWith(".confext.raw", StringComparison.OrdinalIgnoreCase))],
            ConfigurationExtensions = Sidecars(local, ".confext.raw"),
            PassedCommandLine = chain.Passed,
            LoaderConfiguration = chain.Loaders.Any(l => l.Kind == ProgramKind.SystemdBoot) && files.Find(@"\loader\loader.conf") is { } conf ? files.Read(conf) : null,
            ResetsOnce = chain.ResetsOnce,
            Table = table,
            PartitionTableEvent = GptReader.ReadMeasured(disk),
        };
        FactoryException.ThrowIfAny(faults);
        return layout;

        List<Sidecar> Sidecars(string folder, string suffix) =>
        [
            .. files.In(folder).Where(p => p.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)).Select(p => Check(new Sidecar(p, EspFiles.NameOf(p), files.Open(p)))),
        ];

        Sidecar Check(Sidecar sidecar)
        {
            if (!sidecar.Name.All(char.IsAscii) || sidecar.Name.Contains('?', StringComparison.Ordinal))
                faults.Add(LayoutFaults.FileName(image, sidecar.Path));
            return sidecar;
        }
    }

    private static IEnumerable<Fault> CheckAddon(string image, EfiProgram addon, EfiProgram uki)
    {
        if (addon.Content.Pe.Sections.Any(s => s.Name is ".dtb" or ".dtbauto"))
            yield return LayoutFaults.AddonKind(image, addon.Path);
        if (addon.Content.KernelRelease is { } wanted && wanted != uki.Content.KernelRelease)
            yield return LayoutFaults.AddonKernel(image, addon.Path, wanted, uki.Content.KernelRelease ?? "none");
    }
}
