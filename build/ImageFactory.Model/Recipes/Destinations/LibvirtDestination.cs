using System.ComponentModel;
using System.Text.Json.Serialization;

namespace ImageFactory.Model.Recipes.Destinations;

[Kind("libvirt")]
[Description("A volume in a storage pool of libvirt, on this machine or another; for x86_64 and s390x.")]
public sealed record LibvirtDestination : Destination
{
    [Description("Connection, such as qemu:///system or qemu+ssh://root@host/system. Left out: LIBVIRT_URI.")]
    public string? Uri { get; init; }

    [Description("Storage pool. Left out: LIBVIRT_POOL.")]
    public string? Pool { get; init; }

    [Description("Folder on libvirt's machine for a pool that is not there yet: it is then defined, built and started, and goes with its last volume. Left out: LIBVIRT_DIR_NAME; without either the pool must exist.")]
    public string? Directory { get; init; }

    [Description("Name of the volume; one of ours with another image is replaced. Left out: LIBVIRT_VOL_NAME, else the recipe's name and the first 12 digits of the image's digest, so that each image has its own.")]
    public string? Volume { get; init; }

    [Description("Form of the volume. Left out: as the image file is.")]
    public LibvirtFormat? Format { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<LibvirtFormat>))]
public enum LibvirtFormat
{
    [JsonStringEnumMemberName("qcow2")]
    Qcow2,

    [JsonStringEnumMemberName("raw")]
    Raw,
}
