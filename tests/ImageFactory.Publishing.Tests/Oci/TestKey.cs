using System.Text.Json.Nodes;
using ImageFactory.Images.Tests;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Publishing.Tests.Support;
using ImageFactory.Trust.Keys;
using ImageFactory.Trust.Statements;

namespace ImageFactory.Publishing.Tests.Oci;

/// <summary>Keys that openssl makes, and what images are signed with.</summary>
internal static class TestKey
{
    /// <param name="algorithm">EC (on P-256) or ED25519.</param>
    /// <returns>The file; its public half is beside it, as <c>.pub</c>.</returns>
    public static string Make(string file, string algorithm)
    {
        string[] options = algorithm == "EC" ? ["-pkeyopt", "ec_paramgen_curve:P-256"] : [];
        Tool.Run("openssl", ["genpkey", "-algorithm", algorithm, .. options, "-out", file]);
        Tool.Run("openssl", "pkey", "-in", file, "-pubout", "-out", file + ".pub");
        return file;
    }

    public static Task<ISigner> OpenAsync(string file) => Signers.OpenAsync(
        new SigningKeySource { KeyFile = file, Shown = file },
        new ProgramRunner(ProgramEnvironment.From(new Dictionary<string, string>()), new Events(), TimeProvider.System),
        TestContext.Current.CancellationToken);

    public static ImageSigning Signing(ISigner signer) => new(signer, subjects => new Statement(
        subjects,
        Provenance.PredicateType,
        JsonNode.Parse("""{"buildDefinition":{"buildType":"urn:x","externalParameters":{}},"runDetails":{"builder":{"id":"urn:y"}}}""")!.AsObject()));
}
