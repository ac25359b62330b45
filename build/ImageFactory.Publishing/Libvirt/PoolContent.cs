using System.Globalization;
using System.Xml.Linq;
using ImageFactory.Model;

namespace ImageFactory.Publishing.Libvirt;

/// <summary>What lies in the pool: volumes, and our records of them.</summary>
internal sealed class PoolContent
{
    private readonly Dictionary<string, VolumeFacts> volumes;

    private PoolContent(IEnumerable<VolumeFacts> volumes, IReadOnlyList<VolumeRecord> records)
    {
        this.volumes = volumes.ToDictionary(v => v.Name, StringComparer.Ordinal);
        Records = records;
    }

    public IReadOnlyList<VolumeRecord> Records { get; }

    public IEnumerable<VolumeFacts> Volumes => volumes.Values;

    /// <summary>Looks at the folder anew first: what was renamed there libvirt does not know by itself.</summary>
    /// <exception cref="FactoryException">IFU612.</exception>
    public static async Task<PoolContent> ReadAsync(LibvirtConnection libvirt, LibvirtPlace place, CancellationToken cancellation)
    {
        await new Polling(place.Around.Time, TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(2)).UntilAsync(
            _ => Task.FromResult(libvirt.TryRefresh() ? libvirt : null), _ => LibvirtFaults.Busy(place.Where, place.Pool!), cancellation).ConfigureAwait(false);
        VolumeFacts[] all = [.. libvirt.Volumes().Select(VolumeFacts.Of)];
        return new PoolContent(all, [.. all.Where(v => VolumeRecord.IsRecord(v.Name)).Select(v => VolumeRecord.TryRead(libvirt, v.Name)).OfType<VolumeRecord>()]);
    }

    public VolumeFacts? Find(string volume) => volumes.GetValueOrDefault(volume);

    /// <summary>The record that says what the volume holds; null when nobody's does.</summary>
    public VolumeRecord? InEffect(string volume)
    {
        VolumeRecord[] those = Find(volume) is null ? [] : [.. Records.Where(r => r.Volume == volume && (r.Part is null || Find(r.Part) is null))];
        return those.FirstOrDefault(r => those.All(o => o.Replaces != r.Name));
    }

    /// <summary>The volume holds the image, whole.</summary>
    public VolumeRecord? Whole(string volume, Sha256 image) => InEffect(volume) is { } record && record.Image == image && Find(volume)!.Size == record.Size ? record : null;
}

/// <param name="Size">Bytes of the file.</param>
/// <param name="Backing">Path of the file behind it.</param>
internal sealed record VolumeFacts(string Name, string Path, long Size, DateTimeOffset? Changed, string? Backing)
{
    public static VolumeFacts Of(XElement xml) => new(
        (string)xml.Element("name")!,
        (string?)xml.Element("target")?.Element("path") ?? "",
        (long?)xml.Element("physical") ?? (long?)xml.Element("capacity") ?? 0,
        double.TryParse((string?)xml.Element("target")?.Element("timestamps")?.Element("mtime"), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null,
        (string?)xml.Element("backingStore")?.Element("path"));
}
