using ImageFactory.Images.Extents;
using ImageFactory.Images.Qcow2;

namespace ImageFactory.Assembly.Inspection;

/// <summary>What people call the format of an opened image.</summary>
internal static class DiskFormatName
{
    public static string Of(IExtentSource disk) => disk switch
    {
        Qcow2Source => "qcow2",
        RawFileSource => "raw",
        _ => "vhd",
    };
}
