using System.Reflection;
using ImageFactory.Model.Recipes;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Recipes.Fleet;

namespace ImageFactory.Recipes.Rules;

/// <summary>The rules of single properties, by the record that declares them.</summary>
internal static class PropertyRules
{
    /// <summary>FAT, which holds the UKI, knows no time before 1980 and none after 2107.</summary>
    private const long EarliestTime = 315_532_800;
    private const long LatestTime = 4_294_967_295;

    private static readonly PropertyRule Nothing = new();

    private static readonly Dictionary<string, PropertyRule> Known = new(StringComparer.Ordinal)
    {
        [Id(nameof(FleetEntry), nameof(FleetEntry.Name))] = new() { Text = Grammar.RecipeName },
        [Id(nameof(Recipe), nameof(Recipe.Name))] = new() { Text = Grammar.RecipeName },
        [Id(nameof(Recipe), nameof(Recipe.Description))] = new() { Text = Grammar.Line },
        [Id(nameof(Recipe), nameof(Recipe.SourceDateEpoch))] = new() { Least = EarliestTime, Most = LatestTime },
        [Id(nameof(DebianBase), nameof(DebianBase.Suite))] = new() { Text = Grammar.ArchiveName },
        [Id(nameof(DebianBase), nameof(DebianBase.Mirror))] = new() { Text = Grammar.MirrorAddress },
        [Id(nameof(DebianBase), nameof(DebianBase.SecurityMirror))] = new() { Text = Grammar.MirrorAddress },
        [Id(nameof(DebianBase), nameof(DebianBase.Components))] = new() { Text = Grammar.ArchiveName },
        [Id(nameof(DebianBase), nameof(DebianBase.Packages))] = new() { Text = Grammar.PackageName },
        [Id(nameof(DebianBase), nameof(DebianBase.Kernel))] = new() { Text = Grammar.PackageName },
        [Id(nameof(DebianBase), nameof(DebianBase.Exclude))] = new() { Text = Grammar.PathInImage },
        [Id(nameof(BootcBase), nameof(BootcBase.Image))] = new() { Text = Grammar.ImageName },
        [Id(nameof(BootcBase), nameof(BootcBase.Context))] = new() { Source = SourceKind.Folder },
        [Id(nameof(BootcBase), nameof(BootcBase.Args))] = new() { Text = Grammar.Line, Key = Grammar.ArgumentName },
        [Id(nameof(BootcBase), nameof(BootcBase.Target))] = new() { Text = Grammar.SecretId },
        [Id(nameof(BuildSecret), nameof(BuildSecret.Id))] = new() { Text = Grammar.SecretId },
        [Id(nameof(ImageBuilderSettings), nameof(ImageBuilderSettings.Image))] = new() { Text = Grammar.ImageName },
        [Id(nameof(OciBase), nameof(OciBase.Image))] = new() { Text = Grammar.ImageNameOrUri },
        [Id(nameof(OciBase), nameof(OciBase.Path))] = new() { Text = Grammar.PathInArchive },
        [Id(nameof(OciPayload), nameof(OciPayload.Image))] = new() { Text = Grammar.ImageName },
        [Id(nameof(OciPayload), nameof(OciPayload.Paths))] = new() { Text = Grammar.PathInArchive },
        [Id(nameof(InitrdSettings), nameof(InitrdSettings.Modules))] = new() { Text = Grammar.ModuleName },
        [Id(nameof(InitrdSettings), nameof(InitrdSettings.Drivers))] = new() { Text = Grammar.ModuleName },
        [Id(nameof(QcowBase), nameof(QcowBase.Uri))] = new() { Text = Grammar.ImageAddress },
        [Id(nameof(QcowBase), nameof(QcowBase.Sha256))] = new() { Text = Grammar.Digest },
        [Id(nameof(GuestSettings), nameof(GuestSettings.Packages))] = new() { Text = Grammar.GuestPackageName },
        [Id(nameof(GuestSettings), nameof(GuestSettings.RemovePackages))] = new() { Text = Grammar.GuestPackageName },
        [Id(nameof(PayloadSource), nameof(PayloadSource.Into))] = new() { Text = Grammar.FolderInImage },
        [Id(nameof(PayloadSource), nameof(PayloadSource.Modes))] = new() { Text = Grammar.OctalMode, Key = Grammar.PathInImage },
        [Id(nameof(DirectoryPayload), nameof(DirectoryPayload.Path))] = new() { Source = SourceKind.Folder },
        [Id(nameof(ArchivePayload), nameof(ArchivePayload.Inside))] = new() { Text = Grammar.PathInArchive },
        [Id(nameof(ArchivePayload), nameof(ArchivePayload.Sha256))] = new() { Text = Grammar.Digest },
        [Id(nameof(AgentPolicySettings), nameof(AgentPolicySettings.Base64))] = new() { Text = Grammar.Base64 },
        [Id(nameof(AgentPolicySettings), nameof(AgentPolicySettings.Kata))] = new() { Text = Grammar.KataVersion },
        [Id(nameof(SystemSettings), nameof(SystemSettings.KernelArguments))] = new() { Text = Grammar.KernelArgument },
        [Id(nameof(UnitSettings), nameof(UnitSettings.Enable))] = new() { Text = Grammar.UnitName },
        [Id(nameof(UnitSettings), nameof(UnitSettings.Disable))] = new() { Text = Grammar.UnitName },
        [Id(nameof(UnitSettings), nameof(UnitSettings.Mask))] = new() { Text = Grammar.UnitName },
        [Id(nameof(SystemFile), nameof(SystemFile.Path))] = new() { Text = Grammar.PathInImage },
        [Id(nameof(SystemFile), nameof(SystemFile.Mode))] = new() { Text = Grammar.OctalMode },
        [Id(nameof(DiskSettings), nameof(DiskSettings.Size))] = new() { Text = Grammar.DiskSize },
        [Id(nameof(MeasurementSettings), nameof(MeasurementSettings.Expires))] = new() { Text = Grammar.UtcTime },
        [Id(nameof(EnrolledKeySettings), nameof(EnrolledKeySettings.Owner))] = new() { Text = Grammar.Guid },
        [Id(nameof(LaunchSettings), nameof(LaunchSettings.Vcpus))] = new() { Least = 1, Most = 512 },
        [Id(nameof(SecureExecutionSettings), nameof(SecureExecutionSettings.HostKeys))] = new() { Source = SourceKind.Files },
        [Id(nameof(SecureExecutionSettings), nameof(SecureExecutionSettings.Crls))] = new() { Source = SourceKind.Files },
        [Id(nameof(SecureExecutionSettings), nameof(SecureExecutionSettings.Loaders))] = new() { Source = SourceKind.Folder },
        [Id(nameof(SecureExecutionSettings), nameof(SecureExecutionSettings.Keys))] = new() { Source = SourceKind.NewFolder },
        [Id(nameof(SigningSettings), nameof(SigningSettings.Token))] = new() { Text = new TextRule(SigningRules.CheckToken) },
        [Id(nameof(BootCheckSettings), nameof(BootCheckSettings.TimeLimit))] = new() { Least = 1, Most = 86_400 },
        [Id(nameof(BootCheckSettings), nameof(BootCheckSettings.Memory))] = new() { Least = 256, Most = 1 << 20 },
        [Id(nameof(Destination), nameof(Destination.Label))] = new() { Text = Grammar.Line },
        [Id(nameof(Destination), nameof(Destination.Owner))] = new() { Text = Grammar.Owner },
        [Id(nameof(Destination), nameof(Destination.Tags))] = new() { Text = Grammar.Line, Key = Grammar.TagKey },
        [Id(nameof(AmiDestination), nameof(AmiDestination.Region))] = new() { Text = Grammar.AwsRegion },
        [Id(nameof(AmiDestination), nameof(AmiDestination.CopyTo))] = new() { Text = Grammar.AwsRegion },
        [Id(nameof(AmiDestination), nameof(AmiDestination.Accounts))] = new() { Text = Grammar.AwsAccount },
        [Id(nameof(AmiDestination), nameof(AmiDestination.VolumeSize))] = new() { Least = 0, Most = 16_384 },
        [Id(nameof(AmiDestination), nameof(AmiDestination.DeprecateAfterDays))] = new() { Least = 0, Most = 3650 },
        [Id(nameof(AzureGalleryDestination), nameof(AzureGalleryDestination.Subscription))] = new() { Text = Grammar.Guid },
        [Id(nameof(AzureGalleryDestination), nameof(AzureGalleryDestination.Replicas))] = new() { Least = 1, Most = 100 },
        [Id(nameof(AzureGalleryDestination), nameof(AzureGalleryDestination.SignatureDatabase))] = new() { Source = SourceKind.Files },
        [Id(nameof(AzureTargetRegion), nameof(AzureTargetRegion.Replicas))] = new() { Least = 1, Most = 100 },
        [Id(nameof(GcpImageDestination), nameof(GcpImageDestination.SignatureDatabase))] = new() { Source = SourceKind.Files },
        [Id(nameof(GcpImageDestination), nameof(GcpImageDestination.KeyExchangeKeys))] = new() { Source = SourceKind.Files },
        [Id(nameof(LibvirtDestination), nameof(LibvirtDestination.Uri))] = new() { Text = Grammar.ConnectionAddress },
        [Id(nameof(OciDestination), nameof(OciDestination.Image))] = new() { Text = Grammar.ImageName },
        [Id(nameof(OciArtifactDestination), nameof(OciArtifactDestination.ArtifactType))] = new() { Text = Grammar.Line },
        [Id(nameof(DirectoryDestination), nameof(DirectoryDestination.Path))] = new() { Source = SourceKind.NewFolder },
        [Id(nameof(DirectoryDestination), nameof(DirectoryDestination.Name))] = new() { Text = Grammar.FileName },
    };

    public static PropertyRule Of(PropertyInfo property) => Known.GetValueOrDefault(Id(property.DeclaringType!.Name, property.Name), Nothing);

    private static string Id(string record, string property) => $"{record}.{property}";
}
