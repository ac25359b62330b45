using System.Globalization;
using ImageFactory.Model;

namespace ImageFactory.Measurement.Initdata;

internal static class InitdataFaults
{
    public static Fault Syntax(string file, int line, int column, string what) =>
        Of("IFM601", string.Create(CultureInfo.InvariantCulture, $"{file}:{line}:{column}"), what, "initdata is TOML: algorithm, version and a table [data] of texts");

    public static Fault NoText(string file) =>
        Of("IFM602", file, "initdata is UTF-8 text without a byte order mark", "save the file as UTF-8; every byte of it is hashed");

    public static Fault Missing(string file, string key, string example) => Of("IFM603", file, $"key '{key}' is missing", $"add {example}");

    public static Fault Algorithm(string place, string found) =>
        Of("IFM604", place, $"algorithm \"{found}\" is not known", "\"sha256\", \"sha384\" and \"sha512\" are; \"sha256\" fits every platform");

    public static Fault Version(string place, string found) => Of("IFM605", place, $"version \"{found}\" is not known", "write version = \"0.1.0\"");

    public static Fault UnknownKey(string place, string key) =>
        Of("IFM606", place, $"'{key}' has no meaning in initdata: the guest leaves it aside", "there are algorithm, version, and in [data] the keys \"aa.toml\", \"cdh.toml\" and \"policy.rego\"");

    public static Fault NotForAzure(string place, string algorithm) =>
        Of("IFM607", place, $"with algorithm \"{algorithm}\" the digest does not fit the 32 bytes that Azure's verifier compares", "write algorithm = \"sha256\"");

    public static Fault TooLarge(string file, long size, int limit) =>
        Of("IFM608", file, $"the document has {size} bytes, more than {limit}", "initdata is a few configuration files; images and binaries belong elsewhere");

    public static Fault NotEncoded(string file, string why) =>
        Of("IFM609", file, $"this is neither initdata nor its form for pods (base64 of gzip): {why}", "give the TOML file, or the value of the pod's annotation");

    public static Fault NoMembers(string file) =>
        Of("IFM610", file, "[data] is empty: this initdata decides nothing", "add \"policy.rego\", \"aa.toml\" or \"cdh.toml\", or leave initdata out").AsWarning();

    private static Fault Of(string code, string where, string message, string hint) => new(code, ExitCode.InvalidInput, message) { Where = where, Hint = hint };
}
