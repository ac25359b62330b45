using System.Buffers.Text;
using System.Globalization;
using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Aws;

/// <summary>What the destination asks for, in EC2's parameters; and what can be said of it without asking EC2.</summary>
internal static class AmiSettings
{
    private const string RootDevice = "/dev/xvda";
    private const string Punctuation = "()[] ./-'@_";
    private const int LongestUefiData = 64_000;

    public static string NameOf(AmiDestination destination, string recipe, string digest) => destination.Name ?? $"{recipe}-{digest[..12]}";

    public static IReadOnlyList<Fault> FaultsOf(AmiDestination destination, ImageDescription image, string region, string where)
    {
        List<Fault> faults = [];
        if (image.Architecture != Architecture.X64)
            faults.Add(AwsFaults.Architecture(where, image.Architecture));
        string name = NameOf(destination, image.Recipe, new string('0', 12));
        if (name.Length is < 3 or > 128 || !name.All(c => char.IsAsciiLetterOrDigit(c) || Punctuation.Contains(c, StringComparison.Ordinal)))
            faults.Add(AwsFaults.BadName(where, name));
        string[] twice = [.. destination.CopyTo.Append(region).GroupBy(r => r).Where(g => g.Count() > 1).Select(g => g.Key)];
        faults.AddRange(twice.Select(r => AwsFaults.CopyToItself(where, r)));
        if (destination is { Public: true, DeprecateAfterDays: > 730 })
            faults.Add(AwsFaults.Deprecation(where));
        if (destination.UefiData is not null && ReadUefiData(destination) is null)
            faults.Add(AwsFaults.UefiData(where));
        return faults;
    }

    public static List<KeyValuePair<string, string>> Register(
        AmiDestination destination, string name, string description, string snapshot, long gibibytes, IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        List<KeyValuePair<string, string>> parameters =
        [
            new("Name", name),
            new("Description", description),
            new("Architecture", "x86_64"),
            new("VirtualizationType", "hvm"),
            new("BootMode", "uefi"),
            new("EnaSupport", "true"),
            new("RootDeviceName", RootDevice),
            new("BlockDeviceMapping.1.DeviceName", RootDevice),
            new("BlockDeviceMapping.1.Ebs.SnapshotId", snapshot),
            new("BlockDeviceMapping.1.Ebs.VolumeSize", Math.Max(gibibytes, destination.VolumeSize).ToString(CultureInfo.InvariantCulture)),
            new("BlockDeviceMapping.1.Ebs.VolumeType", destination.VolumeType == VolumeType.Gp2 ? "gp2" : "gp3"),
            new("BlockDeviceMapping.1.Ebs.DeleteOnTermination", "true"),
        ];
        if (destination.Tpm)
            parameters.Add(new("TpmSupport", "v2.0"));
        if (destination.ImdsV2)
            parameters.Add(new("ImdsSupport", "v2.0"));
        if (ReadUefiData(destination) is { } uefiData)
            parameters.Add(new("UefiData", uefiData));
        parameters.AddRange(Ec2.Tags(tags, "image"));
        return parameters;
    }

    private static string? ReadUefiData(AmiDestination destination)
    {
        if (destination.UefiData is null)
            return null;
        string text = File.ReadAllText(destination.UefiData.FullPath).Trim();
        return text.Length is > 0 and <= LongestUefiData && Base64.IsValid(text) ? text : null;
    }
}
