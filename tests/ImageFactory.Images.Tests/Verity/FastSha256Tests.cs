using System.Security.Cryptography;
using ImageFactory.Images.Verity;

namespace ImageFactory.Images.Tests.Verity;

public sealed class FastSha256Tests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 4096)]
    [InlineData(32, 4096)]
    [InlineData(256, 4096)]
    [InlineData(1, 63)]
    public void The_digest_is_that_of_the_base_library(int first, int second)
    {
        if (!FastSha256.IsAvailable)
            Assert.Skip("libcrypto.so.3 is not there");
        byte[] bytes = new byte[first + second];
        new Random(first).NextBytes(bytes);
        byte[] digest = new byte[32];

        FastSha256.Hash(bytes.AsSpan(0, first), bytes.AsSpan(first), digest);

        Assert.Equal(SHA256.HashData(bytes), digest);
    }
}
