using System.Globalization;
namespace ImageFactory.Recipes.Rules;

/// <summary>
/// The grammars of texts in recipes. They are checked by hand: loading a recipe happens in every run, and regular expressions
/// would take longer to start than all the rest. A test holds the patterns for editors against these checks.
/// </summary>
internal static class Grammar
{
    private const string Lower = "abcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";
    private const string Letters = Lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private const string NameCharacters = Lower + Digits + "-.";
    private const string ArchiveNameCharacters = Lower + Digits + "-";
    private const string PackageCharacters = Lower + Digits + "+-.";
    private const string GuestPackageCharacters = Letters + Digits + "+-_.:";
    private const string ModuleCharacters = Letters + Digits + "_-";
    private const string UnitCharacters = Letters + Digits + @":-_.\@";
    private const string OwnerCharacters = Lower + Digits + "-_.";
    private const string TagKeyCharacters = Letters + Digits + "-_.:";
    private const string FileNameCharacters = Letters + Digits + "-_.+";
    private const string SecretCharacters = Letters + Digits + "-_.";
    private const string ArgumentCharacters = Letters + Digits + "_";
    private const string HexDigits = Digits + "abcdefABCDEF";
    private const string OctalDigits = "01234567";

    private static readonly string[] UnitTypes =
        ["service", "socket", "target", "timer", "path", "mount", "automount", "swap", "slice", "scope", "device"];

    /// <summary>Also a folder's and a volume's name, so it keeps to what all of them take.</summary>
    public static TextRule RecipeName { get; } = new((path, text) =>
        text.Length is > 0 and <= 63 && Only(text, NameCharacters) && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
            ? null
            : RuleFaults.RecipeName(path, text))
    {
        Pattern = "^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$",
    };

    public static TextRule Line { get; } = new((path, text) => text.Any(char.IsControl) ? RuleFaults.SeveralLines(path) : null);

    public static TextRule ArchiveName { get; } = new((path, text) =>
        text.Length > 0 && char.IsAsciiLetterLower(text[0]) && Only(text, ArchiveNameCharacters) ? null : RuleFaults.ArchiveName(path, text))
    {
        Pattern = "^[a-z][a-z0-9-]*$",
    };

    /// <summary>Debian Policy 5.6.1.</summary>
    public static TextRule PackageName { get; } = new((path, text) =>
        text.Length > 1 && char.IsAsciiLetterOrDigit(text[0]) && Only(text, PackageCharacters) ? null : RuleFaults.PackageName(path, text))
    {
        Pattern = "^[a-z0-9][a-z0-9+.-]+$",
    };

    /// <summary>Names of Debian and of RPM, which also has capitals and '_'. Never an option of the package manager.</summary>
    public static TextRule GuestPackageName { get; } = new((path, text) =>
        text.Length > 0 && char.IsAsciiLetterOrDigit(text[0]) && Only(text, GuestPackageCharacters) ? null : RuleFaults.GuestPackageName(path, text))
    {
        Pattern = "^[A-Za-z0-9][A-Za-z0-9+_.:-]*$",
    };

    /// <summary>It is a word in a list of words with commas and equal signs.</summary>
    public static TextRule SecretId { get; } = new((path, text) =>
        text.Length is > 0 and <= 63 && char.IsAsciiLetterOrDigit(text[0]) && Only(text, SecretCharacters) ? null : RuleFaults.SecretId(path, text))
    {
        Pattern = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$",
    };

    /// <summary>Names of variables.</summary>
    public static TextRule ArgumentName { get; } = new((path, text) =>
        text.Length > 0 && !char.IsAsciiDigit(text[0]) && Only(text, ArgumentCharacters) ? null : RuleFaults.ArgumentName(path, text))
    {
        Pattern = "^[A-Za-z_][A-Za-z0-9_]*$",
    };

    public static TextRule ImageAddress { get; } = new((path, text) => ImageAddressFault(path, text)) { Pattern = "^https://[^\\s@]+$" };

    public static TextRule ModuleName { get; } = new((path, text) =>
        text.Length > 0 && char.IsAsciiLetterOrDigit(text[0]) && Only(text, ModuleCharacters) ? null : RuleFaults.ModuleName(path, text))
    {
        Pattern = "^[A-Za-z0-9][A-Za-z0-9_-]*$",
    };

    public static TextRule MirrorAddress { get; } = new((path, text) => MirrorAddressFault(path, text)) { Pattern = "^(https?|file)://[^\\s@]+$" };

    public static TextRule PathInImage { get; } = new((path, text) => IsPathInImage(text) && text.Length > 1 ? null : RuleFaults.PathInImage(path, text))
    {
        Pattern = "^/",
    };

    public static TextRule FolderInImage { get; } = new((path, text) =>
        text == "/" || IsPathInImage(text.EndsWith('/') ? text[..^1] : text) ? null : RuleFaults.PathInImage(path, text))
    {
        Pattern = "^/",
    };

    public static TextRule PathInArchive { get; } = new((path, text) =>
        IsPathInImage("/" + (text.StartsWith("./", StringComparison.Ordinal) ? text[2..] : text).Trim('/')) ? null : RuleFaults.PathInArchive(path, text));

    public static TextRule OctalMode { get; } = new((path, text) =>
        text.Length is 3 or 4 && Only(text, OctalDigits) ? null : RuleFaults.OctalMode(path, text))
    {
        Pattern = "^[0-7]{3,4}$",
        MayLookLikeNumber = true,
    };

    public static TextRule Digest { get; } = new((path, text) => text.Length == 64 && Only(text, HexDigits) ? null : RuleFaults.Digest(path, text))
    {
        Pattern = "^[0-9a-fA-F]{64}$",
        MayLookLikeNumber = true,
    };

    /// <summary>The one form that the RVPS takes.</summary>
    public static TextRule UtcTime { get; } = new((path, text) =>
        DateTime.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? null : RuleFaults.UtcTime(path, text))
    {
        Pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
    };

    public static TextRule Guid { get; } = new((path, text) => System.Guid.TryParseExact(text, "D", out _) ? null : RuleFaults.Guid(path, text))
    {
        Pattern = "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$",
    };

    public static TextRule Base64 { get; } = new((path, text) => IsBase64(text) ? null : RuleFaults.Base64(path)) { Pattern = "^[A-Za-z0-9+/]+={0,2}$" };

    /// <summary>Read by the client of registries itself.</summary>
    public static TextRule ImageName { get; } = new(ImageRules.Name);

    /// <summary>Also in the Job's form, <c>oci::IMAGE[::PATH]</c>.</summary>
    public static TextRule ImageNameOrUri { get; } = new(ImageRules.NameOrUri);

    /// <summary>libvirt's, which are checked where they are used.</summary>
    public static TextRule ConnectionAddress { get; } = new((path, text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.UserInfo.Contains(':', StringComparison.Ordinal) ? RuleFaults.ConnectionWithPassword(path) : null);

    public static TextRule KataVersion { get; } = new((path, text) => IsVersion(text) ? null : RuleFaults.KataVersion(path, text))
    {
        Pattern = "^[0-9]{1,4}\\.[0-9]{1,4}(\\.[0-9]{1,4})?$",
        MayLookLikeNumber = true,
    };

    public static TextRule UnitName { get; } = new((path, text) => IsUnitName(text) ? null : RuleFaults.UnitName(path, text))
    {
        Pattern = $"^[A-Za-z0-9:_.\\\\@-]+\\.({string.Join('|', UnitTypes)})$",
    };

    public static TextRule KernelArgument { get; } = new(KernelArguments.Check) { Pattern = "^\\S+$" };

    public static TextRule DiskSize { get; } = new((path, text) => text == "auto" ? null : Sizes.Check(path, text)) { Pattern = "^(auto|[0-9]+(MiB|GiB|TiB))$" };

    /// <summary>A tag's value that every service takes, labels of Google Cloud being the narrowest.</summary>
    public static TextRule Owner { get; } = new((path, text) => text.Length is > 0 and <= 63 && Only(text, OwnerCharacters) ? null : RuleFaults.Owner(path, text))
    {
        Pattern = "^[a-z0-9_.-]{1,63}$",
    };

    public static TextRule TagKey { get; } = new((path, text) =>
        text.Length is > 0 and <= 63 && Only(text, TagKeyCharacters) && !text.StartsWith("imagefactory-", StringComparison.Ordinal) ? null : RuleFaults.TagKey(path, text))
    {
        Pattern = "^(?!imagefactory-)[A-Za-z0-9_.:-]{1,63}$",
    };

    public static TextRule AwsAccount { get; } = new((path, text) => text.Length == 12 && Only(text, Digits) ? null : RuleFaults.AwsAccount(path, text))
    {
        Pattern = "^[0-9]{12}$",
        MayLookLikeNumber = true,
    };

    public static TextRule AwsRegion { get; } = new((path, text) =>
        text.Length is > 0 and <= 32 && char.IsAsciiLetterLower(text[0]) && Only(text, ArchiveNameCharacters) ? null : RuleFaults.AwsRegion(path, text))
    {
        Pattern = "^[a-z][a-z0-9-]{0,31}$",
    };

    public static TextRule FileName { get; } = new((path, text) =>
        text.Length is > 0 and <= 200 && text[0] != '.' && Only(text, FileNameCharacters) ? null : RuleFaults.FileName(path, text))
    {
        Pattern = "^[A-Za-z0-9_+-][A-Za-z0-9_+.-]{0,199}$",
    };

    /// <summary>Absolute, and the same when it is normalised: no <c>.</c>, no <c>..</c>, no empty step.</summary>
    private static bool IsPathInImage(string text) =>
        text.Length is > 0 and <= 4095
        && text[0] == '/'
        && !text.Any(char.IsControl)
        && (text == "/" || text[1..].Split('/').All(step => step.Length is > 0 and <= 255 && step is not ("." or "..")));

    private static Model.Fault? MirrorAddressFault(string path, string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
            return RuleFaults.MirrorAddress(path, text);
        if (address.UserInfo.Length > 0 || text.Contains('@', StringComparison.Ordinal))
            return RuleFaults.MirrorWithUser(path);
        bool known = address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeFile;
        return known && text.Contains("://", StringComparison.Ordinal) ? null : RuleFaults.MirrorAddress(path, text);
    }

    private static Model.Fault? ImageAddressFault(string path, string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) || address.Scheme != Uri.UriSchemeHttps || !text.Contains("://", StringComparison.Ordinal))
            return RuleFaults.ImageAddress(path, text);
        return address.UserInfo.Length > 0 || text.Contains('@', StringComparison.Ordinal) ? RuleFaults.MirrorWithUser(path) : null;
    }

    /// <summary>RFC 4648 section 4, with padding; <see cref="Convert.FromBase64String"/> would pass over blanks and line breaks.</summary>
    private static bool IsBase64(string text) =>
        text.Length > 0 && !text.Any(char.IsWhiteSpace) && System.Buffers.Text.Base64.IsValid(text) && IsCanonicalEnd(text);

    /// <summary>The bits that the last group does not use are zero; else two texts would stand for the same bytes.</summary>
    private static bool IsCanonicalEnd(string text)
    {
        ReadOnlySpan<char> last = text.AsSpan(Math.Max(0, text.Length - 4));
        return Convert.ToBase64String(Convert.FromBase64String(last.ToString())).AsSpan().SequenceEqual(last);
    }

    private static bool IsVersion(string text)
    {
        string[] parts = text.Split('.');
        return parts.Length is 2 or 3 && parts.All(p => p.Length is > 0 and <= 4 && p.All(char.IsAsciiDigit));
    }

    private static bool IsUnitName(string text)
    {
        int dot = text.LastIndexOf('.');
        return text.Length <= 255 && dot > 0 && Only(text, UnitCharacters) && UnitTypes.Contains(text[(dot + 1)..]);
    }

    private static bool Only(string text, string allowed) => text.All(c => allowed.Contains(c, StringComparison.Ordinal));
}
