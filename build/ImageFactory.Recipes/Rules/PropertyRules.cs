using System.Reflection;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Recipes.Rules;

/// <summary>The rules of single properties, by the record that declares them.</summary>
internal static class PropertyRules
{
    /// <summary>FAT, which holds the UKI, knows no time before 1980 and none after 2107.</summary>
    private const long EarliestTime = 315_532_800;
    private const long LatestTime = 4_294_967_295;

    private static readonly PropertyRule Nothing = new();

    private static readonly Dictionary<(Type, string), PropertyRule> Known = new()
    {
        [(typeof(Recipe), nameof(Recipe.Name))] = new() { Text = Grammar.RecipeName },
        [(typeof(Recipe), nameof(Recipe.Description))] = new() { Text = Grammar.Line },
        [(typeof(Recipe), nameof(Recipe.SourceDateEpoch))] = new() { Least = EarliestTime, Most = LatestTime },
        [(typeof(DebianBase), nameof(DebianBase.Suite))] = new() { Text = Grammar.ArchiveName },
        [(typeof(DebianBase), nameof(DebianBase.Mirror))] = new() { Text = Grammar.MirrorAddress },
        [(typeof(DebianBase), nameof(DebianBase.SecurityMirror))] = new() { Text = Grammar.MirrorAddress },
        [(typeof(DebianBase), nameof(DebianBase.Components))] = new() { Text = Grammar.ArchiveName },
        [(typeof(DebianBase), nameof(DebianBase.Packages))] = new() { Text = Grammar.PackageName },
        [(typeof(DebianBase), nameof(DebianBase.Kernel))] = new() { Text = Grammar.PackageName },
        [(typeof(DebianBase), nameof(DebianBase.Exclude))] = new() { Text = Grammar.PathInImage },
        [(typeof(InitrdSettings), nameof(InitrdSettings.Modules))] = new() { Text = Grammar.ModuleName },
        [(typeof(InitrdSettings), nameof(InitrdSettings.Drivers))] = new() { Text = Grammar.ModuleName },
        [(typeof(PayloadSource), nameof(PayloadSource.Into))] = new() { Text = Grammar.FolderInImage },
        [(typeof(PayloadSource), nameof(PayloadSource.Modes))] = new() { Text = Grammar.OctalMode, Key = Grammar.PathInImage },
        [(typeof(DirectoryPayload), nameof(DirectoryPayload.Path))] = new() { Source = SourceKind.Folder },
        [(typeof(ArchivePayload), nameof(ArchivePayload.Inside))] = new() { Text = Grammar.PathInArchive },
        [(typeof(ArchivePayload), nameof(ArchivePayload.Sha256))] = new() { Text = Grammar.Digest },
        [(typeof(AgentPolicySettings), nameof(AgentPolicySettings.Base64))] = new() { Text = Grammar.Base64 },
        [(typeof(AgentPolicySettings), nameof(AgentPolicySettings.Kata))] = new() { Text = Grammar.KataVersion },
        [(typeof(SystemSettings), nameof(SystemSettings.KernelArguments))] = new() { Text = Grammar.KernelArgument },
        [(typeof(UnitSettings), nameof(UnitSettings.Enable))] = new() { Text = Grammar.UnitName },
        [(typeof(UnitSettings), nameof(UnitSettings.Disable))] = new() { Text = Grammar.UnitName },
        [(typeof(UnitSettings), nameof(UnitSettings.Mask))] = new() { Text = Grammar.UnitName },
        [(typeof(SystemFile), nameof(SystemFile.Path))] = new() { Text = Grammar.PathInImage },
        [(typeof(SystemFile), nameof(SystemFile.Mode))] = new() { Text = Grammar.OctalMode },
        [(typeof(DiskSettings), nameof(DiskSettings.Size))] = new() { Text = Grammar.DiskSize },
        [(typeof(BootCheckSettings), nameof(BootCheckSettings.TimeLimit))] = new() { Least = 1, Most = 86_400 },
        [(typeof(BootCheckSettings), nameof(BootCheckSettings.Memory))] = new() { Least = 256, Most = 1 << 20 },
    };

    public static PropertyRule Of(PropertyInfo property) => Known.GetValueOrDefault((property.DeclaringType!, property.Name), Nothing);
}
