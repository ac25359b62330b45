using ImageFactory.Build.Reporting;

namespace ImageFactory.Build.Tests.Reporting;

public sealed class MaskingWriterTests : IDisposable
{
    private readonly SecretMask mask = new();
    private readonly StringWriter seen = new();

    public void Dispose() => seen.Dispose();

    [Fact]
    public void A_secret_becomes_three_stars_even_when_it_comes_in_pieces()
    {
        mask.Add("hunter2-hunter2");
        using (MaskingWriter writer = new(seen, mask))
        {
            writer.Write("the password is hunter2-");
            writer.Write('h');
            writer.Write("unter2, or so\n");
            writer.Write("no end of line: hunter2-hunter2");
        }

        Assert.Equal("the password is ***, or so\nno end of line: ***", seen.ToString());
    }

    [Fact]
    public void Each_line_of_a_key_is_a_secret()
    {
        mask.Add("-----BEGIN KEY-----\nMC4CAQAwBQYDK2Vw\n-----END KEY-----\n");

        Assert.Equal("read *** from it", mask.Apply("read MC4CAQAwBQYDK2Vw from it"));
    }

    [Fact]
    public void Secrets_of_the_environment_are_known_by_their_names_and_proxies_by_their_addresses()
    {
        mask.AddFrom(new Dictionary<string, string>
        {
            ["AWS_SECRET_ACCESS_KEY"] = "wJalrXUtnFEMI",
            ["AZURE_CLIENT_SECRET"] = "cl13nt-s3cr3t",
            ["https_proxy"] = "http://user:pr0xy-pass@proxy.example:3128",
            ["GOOGLE_TOKEN_FILE"] = "/run/secrets/token",
            ["HOME"] = "/home/someone",
        });

        Assert.Equal(
            "*** *** http://user:***@proxy.example:3128 /run/secrets/token /home/someone",
            mask.Apply("wJalrXUtnFEMI cl13nt-s3cr3t http://user:pr0xy-pass@proxy.example:3128 /run/secrets/token /home/someone"));
    }
}
