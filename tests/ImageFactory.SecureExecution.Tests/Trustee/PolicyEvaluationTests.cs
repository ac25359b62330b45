using ImageFactory.Assembly.Tests.AgentPolicy;
using ImageFactory.SecureExecution.Headers;
using ImageFactory.SecureExecution.Tests.Support;
using ImageFactory.SecureExecution.Trustee;

namespace ImageFactory.SecureExecution.Tests.Trustee;

/// <summary>The policies as a policy engine decides with them, on claims as a verifier of each generation makes them.</summary>
public sealed class PolicyEvaluationTests
{
    private const string Tag = "1b901801ed8cb5ce44fe3f79a98ca44f";
    private const string First = "24933f75ee107c806fe602a7da7b610e54369af96a847f2dcc4fcfdbd81fbc05";
    private const string Second = "491bc0601fe89fd793f1ec8534f1ae63e9c280331c245c453d64afc8b5aa1bcc";
    private const string Stranger = "0000000000000000000000000000000000000000000000000000000000000000";

    [Fact]
    [Trait("needs", "cosign")]
    public void A_trustee_of_today_trusts_the_image_on_its_machines_only()
    {
        using RegoOracle oracle = RegoOracle.Require();
        string policy = Values.ToPolicy(TrusteeGeneration.Current);

        Assert.True(Trusts(First, Tag, First, "256"));
        Assert.True(Trusts(Second, Tag, Second, "256"));
        Assert.False(Trusts(Stranger, Tag, First, "256"));
        Assert.False(Trusts(First, Stranger[..32], First, "256"));
        Assert.False(Trusts(First, Tag, Stranger, "256"));
        Assert.False(Trusts(First, Tag, First, "257"));

        bool Trusts(string image, string tag, string attestation, string version)
        {
            string claims = $$"""{"se": {"image_phkh": "{{image}}", "tag": "{{tag}}", "attestation_phkh": "{{attestation}}", "version": {{version}} } }""";
            return oracle.Evaluate(policy, $"claims := data.policy.trust_claims with input as {claims}\nclaims.executables == 3\nclaims.hardware == 2\nclaims.configuration == 2").Holds;
        }
    }

    [Fact]
    [Trait("needs", "cosign")]
    public void Claims_that_do_not_fit_are_warned_about_and_not_undefined()
    {
        using RegoOracle oracle = RegoOracle.Require();

        (bool holds, string said) = oracle.Evaluate(
            Values.ToPolicy(TrusteeGeneration.Current),
            "claims := data.policy.trust_claims with input as {\"se\": {}}\nclaims.executables == 33\nclaims.hardware == 97\nclaims.configuration == 36");

        Assert.True(holds, said);
    }

    [Fact]
    [Trait("needs", "cosign")]
    public void An_old_trustee_allows_with_and_without_user_data()
    {
        using RegoOracle oracle = RegoOracle.Require();
        string policy = Values.ToPolicy(TrusteeGeneration.Flat);

        Assert.True(Allows(First, Tag, "256", ", \"se.user_data\": \"00\""));
        Assert.True(Allows(Second, Tag, "\"256\"", ""));
        Assert.False(Allows(First, Tag, "256", ", \"se.user_data\": \"01\""));
        Assert.False(Allows(Stranger, Tag, "256", ""));
        Assert.False(Allows(First, Stranger[..32], "256", ""));
        Assert.False(Allows(First, Tag, "257", ""));

        bool Allows(string phkh, string tag, string version, string userData)
        {
            string claims = $$"""{"se.image_phkh": "{{phkh}}", "se.attestation_phkh": "{{phkh}}", "se.tag": "{{tag}}", "se.version": {{version}}{{userData}} }""";
            return oracle.Evaluate(policy, $"data.policy.allow with input as {claims}").Holds;
        }
    }

    private static ReferenceValues Values => ReferenceValues.Of(SecureExecutionHeader.Parse(Vectors.SeBytes("cases", "c02-full", "sehdr.bin"), "c02-full"));
}
