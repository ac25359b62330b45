using System.Security.Cryptography;
using System.Text.Json;
using ImageFactory.SecureExecution.Cryptography;

namespace ImageFactory.SecureExecution.Tests.Support;

/// <summary>Gives values that were written down, in the order they are drawn, and the customer key of a case.</summary>
internal sealed class FixedRandom(IEnumerable<byte[]> values, byte[] customerPrivateKey) : RandomSource
{
    private readonly Queue<byte[]> values = new(values);

    /// <summary>The draws of one golden case: image key, tweaks, CCK, IV, header key; keys that are given are not drawn (but the image key is).</summary>
    public static FixedRandom ForCase(JsonElement trace, bool hasCck, bool hasHeaderKey)
    {
        JsonElement inputs = trace.GetProperty("fixed_inputs");
        List<byte[]> draws = [inputs.Hex("image_key")];
        foreach (JsonElement component in trace.GetProperty("layout").GetProperty("components").EnumerateArray())
            draws.Add(inputs.GetProperty("tweak_random").Hex(component.GetProperty("kind").GetString()!));
        if (!hasCck)
            draws.Add(inputs.Hex("cck"));
        draws.Add(inputs.Hex("iv"));
        if (!hasHeaderKey)
            draws.Add(inputs.Hex("header_key"));
        return new FixedRandom(draws, inputs.Hex("customer_private_key"));
    }

    public override void Fill(Span<byte> target)
    {
        byte[] value = values.Dequeue();
        Assert.Equal(target.Length, value.Length);
        value.CopyTo(target);
    }

    public override ECDiffieHellman CreateCustomerKey() => ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP521, D = customerPrivateKey });
}
