using System.Globalization;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.Trustee;

namespace ImageFactory.Assembly.Disk.S390x;

/// <summary>
/// What the Trustee of the recipe takes of a Secure Execution image: register message, ConfigMap and policy, from the header alone. A stage of its
/// own, so that another Trustee does not encrypt the image anew.
/// </summary>
internal sealed class SecureReferencesStage(MeasurementSettings settings) : IStage
{
    private const string Revision = "1";

    public const string StageName = "se-references";
    public const string PolicyFile = "attestation-policy-se.rego";
    public const string MessageFile = "rvps-register.json";
    public const string ConfigMapFile = "rvps-reference-values.yaml";

    public string Name => StageName;

    public IReadOnlyList<string> After => [SecureStage.StageName];

    public void Describe(StageKey key) => key.Add("revision", Revision).Add("trustee", settings.Trustee.ToString()).Add("expires", settings.Expires);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        string header = scope.Input(SecureStage.StageName, SecureStage.HeaderFile);
        ReferenceValues values = ReferenceValues.Of(SecureExecutionHeader.Parse(await File.ReadAllBytesAsync(header, cancellation).ConfigureAwait(false), header));
        bool old = settings.Trustee == RvpsGeneration.A;
        await WriteAsync(PolicyFile, values.ToPolicy(old ? TrusteeGeneration.Flat : TrusteeGeneration.Current)).ConfigureAwait(false);
        await WriteAsync(MessageFile, values.ToRvpsMessage()).ConfigureAwait(false);

        // The oldest ConfigMap holds digests with their algorithm, which a tag and a version are not: that Trustee takes the message.
        if (!old)
        {
            DateTimeOffset expires = DateTimeOffset.Parse(settings.Expires, CultureInfo.InvariantCulture);
            await WriteAsync(ConfigMapFile, values.ToConfigMap(expires, encoded: settings.Trustee == RvpsGeneration.C)).ConfigureAwait(false);
        }

        Task WriteAsync(string file, string text) => File.WriteAllTextAsync(scope.OutputFile(file), text, cancellation);
    }
}
