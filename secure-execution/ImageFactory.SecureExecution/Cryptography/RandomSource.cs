using System.Security.Cryptography;

namespace ImageFactory.SecureExecution.Cryptography;

/// <summary>
/// Where keys, salts and tweaks come from. Only tests use another one than <see cref="System"/>:
/// a key that can be foretold protects nothing.
/// </summary>
public abstract class RandomSource
{
    /// <summary>The operating system's generator.</summary>
    public static RandomSource System { get; } = new SystemRandomSource();

    public abstract void Fill(Span<byte> target);

    /// <summary>The EC P-521 key pair of one image; its private half is thrown away after the key slots are made.</summary>
    public virtual ECDiffieHellman CreateCustomerKey() => ECDiffieHellman.Create(ECCurve.NamedCurves.nistP521);

    internal SecretBytes Draw(int length)
    {
        SecretBytes secret = new(length);
        Fill(secret.Span);
        return secret;
    }

    private sealed class SystemRandomSource : RandomSource
    {
        public override void Fill(Span<byte> target) => RandomNumberGenerator.Fill(target);
    }
}
