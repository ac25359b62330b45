using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;

namespace ImageFactory.Publishing.Libvirt;

/// <summary>A destination with what the environment adds to it.</summary>
internal sealed record LibvirtPlace(DestinationSetting Setting, LibvirtDestination Destination)
{
    public string Where => Setting.Where;

    public PublishSurroundings Around => Setting.Surroundings;

    public string? UriText => Destination.Uri ?? Around.Variable("LIBVIRT_URI");

    /// <summary>Whoever puts a password into the URI did not mean it to be read: faults, journals and programs' arguments never have it.</summary>
    public string? Password => Uri.TryCreate(UriText, UriKind.Absolute, out Uri? uri) && uri.UserInfo.Split(':', 2) is [_, { } password] ? Uri.UnescapeDataString(password) : null;

    /// <summary>For people.</summary>
    public string? ShownUri => Password is not null ? UriText!.Replace(new Uri(UriText).UserInfo + "@", new Uri(UriText).UserInfo.Split(':')[0] + "@", StringComparison.Ordinal) : UriText;

    public string? Pool => Destination.Pool ?? Around.Variable("LIBVIRT_POOL");

    public string? Folder => Destination.Directory ?? Around.Variable("LIBVIRT_DIR_NAME");

    /// <summary>Null: each image has its own.</summary>
    public string? Volume => Destination.Volume ?? Around.Variable("LIBVIRT_VOL_NAME");

    /// <summary>ssh must not ask anybody anything.</summary>
    public string Connection => UriText is { } text && text.Contains("+ssh:", StringComparison.Ordinal) && !text.Contains("no_tty=", StringComparison.Ordinal)
        ? text + (text.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "no_tty=1"
        : UriText!;

    public IReadOnlyList<Fault> Check()
    {
        List<Fault> faults = [];
        if (UriText is null)
            faults.Add(LibvirtFaults.NotSet(Where, "uri", "LIBVIRT_URI"));
        else if (!Uri.TryCreate(UriText, UriKind.Absolute, out _))
            faults.Add(LibvirtFaults.BadValue(Where, "uri", UriText, "qemu:///system or qemu+ssh://user@host/system, for example"));
        else if (Password is not null)
            faults.Add(LibvirtFaults.PasswordInUri(Where, ShownUri!));
        if (Pool is null)
            faults.Add(LibvirtFaults.NotSet(Where, "pool", "LIBVIRT_POOL"));
        else if (!IsName(Pool))
            faults.Add(LibvirtFaults.BadValue(Where, "pool", Pool, "1 to 100 letters, digits, '-', '_', '+' and '.', not beginning with '.' or '-'"));
        if (Volume is { } volume && !IsName(volume))
            faults.Add(LibvirtFaults.BadValue(Where, "volume", volume, "1 to 100 letters, digits, '-', '_', '+' and '.', not beginning with '.' or '-'"));
        if (Folder is { } folder && (folder.Length < 2 || folder[0] != '/'))
            faults.Add(LibvirtFaults.BadValue(Where, "directory", folder, "an absolute path on libvirt's machine"));
        return faults;
    }

    /// <summary>They become names of files, with some of ours behind them.</summary>
    private static bool IsName(string text) =>
        text.Length is > 0 and <= 100 && text[0] is not ('.' or '-') && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '+' or '.');
}
