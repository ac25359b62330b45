using ImageFactory.Model;
using ImageFactory.Recipes.Yaml;

namespace ImageFactory.Recipes.Rules;

/// <summary>Rules of the key that signs. IFV001 to IFV099.</summary>
internal static class SigningRules
{
    private const string Scheme = "pkcs11:";

    /// <summary>What a PKCS#11 URI may hold of secrets (RFC 7512, 2.4).</summary>
    private const string SecretAttribute = "pin-value";

    public static void Check(RecordScope scope)
    {
        bool key = scope.IsWritten("key");
        if (scope.IsSound("key", "token") && key == scope.IsWritten("token"))
            scope.Report(key ? "token" : "", _ => OneKey(scope.Path, none: !key));
    }

    public static Fault? CheckToken(string path, string text) =>
        text.Contains(SecretAttribute, StringComparison.OrdinalIgnoreCase) ? TokenWithPin(path)
        : !text.StartsWith(Scheme, StringComparison.Ordinal) || text.Any(c => c is <= ' ' or > '~') ? NoToken(path, text)
        : null;

    private static Fault OneKey(string path, bool none) => new("IFV001", ExitCode.InvalidInput, none ? $"'{path}' has neither key nor token" : $"'{path}' has both key and token: which one is meant?")
    {
        Hint = "give exactly one: 'key' for a file, or 'token' for a key that stays in its PKCS#11 token",
    };

    private static Fault NoToken(string path, string text) => new("IFV002", ExitCode.InvalidInput, $"'{path}' is {NodeText.Quote(text)}, which is no PKCS#11 URI")
    {
        Hint = "for example pkcs11:token=signing;object=podvm;type=private",
    };

    /// <summary>The address is not repeated: it holds the PIN.</summary>
    private static Fault TokenWithPin(string path) => new("IFV003", ExitCode.InvalidInput, $"'{path}' has a PIN in it")
    {
        Hint = "a recipe holds no secrets; put the PIN into a file and name it in 'signing.passwordFile'",
    };
}
