namespace ImageFactory.Assembly.Packages;

/// <summary>Where packages come from: addresses of the archives and the keys that sign them.</summary>
/// <param name="Main">Address of the main archive, without a slash at the end.</param>
/// <param name="Security">Address of the security archive, or null when it is not used.</param>
public sealed record PackageArchives(string Main, string? Security, string Keyring)
{
    public const string MainName = "main";
    public const string SecurityName = "security";

    public string AddressOf(LockedPackage package) =>
        (package.Archive == SecurityName ? Security ?? Main : Main) + "/" + package.Path;

    /// <summary>The archive an address belongs to, and the path below it; null for an address of neither.</summary>
    public (string Archive, string Path)? Split(string address)
    {
        if (Security is not null && address.StartsWith(Security + "/", StringComparison.Ordinal))
            return (SecurityName, Uri.UnescapeDataString(address[(Security.Length + 1)..]));
        if (address.StartsWith(Main + "/", StringComparison.Ordinal))
            return (MainName, Uri.UnescapeDataString(address[(Main.Length + 1)..]));
        return null;
    }
}
