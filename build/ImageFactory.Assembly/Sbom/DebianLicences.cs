using ImageFactory.Assembly.Packages;

namespace ImageFactory.Assembly.Sbom;

/// <summary>
/// SPDX expressions from machine-readable copyright files (DEP-5): the licences of all files together, when each has an SPDX name.
/// Debian's short names are not SPDX's, so only those of which both mean the same text are taken over.
/// </summary>
internal static class DebianLicences
{
    private static readonly Dictionary<string, string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Apache-2.0"] = "Apache-2.0",
        ["Artistic"] = "Artistic-1.0-Perl",
        ["Artistic-2.0"] = "Artistic-2.0",
        ["BSD-2-clause"] = "BSD-2-Clause",
        ["BSD-3-clause"] = "BSD-3-Clause",
        ["BSD-4-clause-UC"] = "BSD-4-Clause-UC",
        ["BSL-1.0"] = "BSL-1.0",
        ["CC0"] = "CC0-1.0",
        ["CC0-1.0"] = "CC0-1.0",
        ["Expat"] = "MIT",
        ["FSFAP"] = "FSFAP",
        ["FSFUL"] = "FSFUL",
        ["FSFULLR"] = "FSFULLR",
        ["GFDL-1.3"] = "GFDL-1.3-only",
        ["GPL-1"] = "GPL-1.0-only",
        ["GPL-1+"] = "GPL-1.0-or-later",
        ["GPL-2"] = "GPL-2.0-only",
        ["GPL-2.0"] = "GPL-2.0-only",
        ["GPL-2.0+"] = "GPL-2.0-or-later",
        ["GPL-2+"] = "GPL-2.0-or-later",
        ["GPL-3"] = "GPL-3.0-only",
        ["GPL-3.0"] = "GPL-3.0-only",
        ["GPL-3+"] = "GPL-3.0-or-later",
        ["GPL-3.0+"] = "GPL-3.0-or-later",
        ["ISC"] = "ISC",
        ["LGPL-2"] = "LGPL-2.0-only",
        ["LGPL-2+"] = "LGPL-2.0-or-later",
        ["LGPL-2.0+"] = "LGPL-2.0-or-later",
        ["LGPL-2.1"] = "LGPL-2.1-only",
        ["LGPL-2.1+"] = "LGPL-2.1-or-later",
        ["LGPL-3"] = "LGPL-3.0-only",
        ["LGPL-3+"] = "LGPL-3.0-or-later",
        ["LGPL-3.0+"] = "LGPL-3.0-or-later",
        ["MIT"] = "MIT",
        ["MPL-1.1"] = "MPL-1.1",
        ["MPL-2.0"] = "MPL-2.0",
        ["OFL-1.1"] = "OFL-1.1",
        ["OpenSSL"] = "OpenSSL",
        ["PSF-2"] = "PSF-2.0",
        ["Unicode"] = "Unicode-DFS-2016",
        ["X11"] = "X11",
        ["Zlib"] = "Zlib",
    };

    /// <returns>Null when the text is not machine-readable, or has a licence without an SPDX name.</returns>
    public static string? Expression(string copyright)
    {
        if (!copyright.StartsWith("Format:", StringComparison.OrdinalIgnoreCase))
            return null;
        string[] declared = [.. DebianControl.Stanzas(copyright).Where(s => s.ContainsKey("Files"))
            .Select(s => s.GetValueOrDefault("License", "").Split('\n')[0].Trim()).Distinct(StringComparer.Ordinal)];
        string?[] expressions = [.. declared.Select(Translate).Distinct(StringComparer.Ordinal).OrderBy(e => e, StringComparer.Ordinal)];
        return expressions.Length == 0 || expressions.Any(e => e is null) ? null : string.Join(" AND ", expressions);
    }

    /// <summary>Names joined by <c>or</c> and <c>and</c>; a comma or an exception means more than can be told apart here.</summary>
    private static string? Translate(string licence)
    {
        string[] words = licence.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length % 2 == 0)
            return null;
        List<string> translated = [];
        for (int index = 0; index < words.Length; index++)
        {
            string? word = index % 2 == 0 ? Known.GetValueOrDefault(words[index]) : words[index].ToUpperInvariant();
            if (word is null || (index % 2 == 1 && word is not ("OR" or "AND")))
                return null;
            translated.Add(word);
        }

        return translated.Contains("OR") && words.Length > 1 ? $"({string.Join(' ', translated)})" : string.Join(' ', translated);
    }
}
