using ImageFactory.Model;
using ImageFactory.SecureExecution.HostKeys;
using ImageFactory.SecureExecution.Tests.Support;

namespace ImageFactory.SecureExecution.Tests.HostKeys;

public sealed class HostKeyVerifierTests
{
    [Fact]
    public async Task A_good_document_passes_with_its_phkh()
    {
        HostKeyCheckResult result = await CheckAsync(Good);

        Assert.Empty(result.Faults);
        Assert.True(result.Verified);
        Assert.Equal("24933f75ee107c806fe602a7da7b610e54369af96a847f2dcc4fcfdbd81fbc05", result.Documents[0].Phkh.Hex);
    }

    [Theory]
    [InlineData("host_rev.crt", "IFS111")]
    [InlineData("host_crt_expired.crt", "IFS103")]
    [InlineData("fake_host.crt", "IFS108")]
    [InlineData("host_invalid_signing_key.crt", "IFS108")]
    [InlineData("made_host_badsig.der", "IFS109")]
    [InlineData("made_p384.crt", "IFS107")]
    [InlineData("rsa3072.crt", "IFS107")]
    [InlineData("host.key", "IFS105")]
    public async Task A_bad_document_is_named(string file, string code)
    {
        HostKeyCheckResult result = await CheckAsync(Good with { HostKeys = [Cert(file)] });

        Assert.Contains(result.Faults, f => f.Code == code && f.Where == Cert(file));
        Assert.False(result.Verified);
    }

    [Fact]
    public async Task Every_bad_document_is_told_in_one_run()
    {
        HostKeyCheckResult result = await CheckAsync(Good with { HostKeys = [Cert("host_rev.crt"), Cert("none.crt"), Cert("host.crt"), Cert("made_p384.crt"), Cert("host_crt_expired.crt")] });

        Assert.Equal(["IFS101", "IFS103", "IFS107", "IFS111"], result.Faults.Where(f => f.Severity == Severity.Error).Select(f => f.Code).Order(StringComparer.Ordinal));
    }

    /// <summary>SE format, section 9.4: names are not compared, and the exception for lists goes one way.</summary>
    [Theory]
    [InlineData("host_armonk.crt", "ibm.crt", "ibm.crl", true)]
    [InlineData("host_armonk.crt", "ibm_armonk.crt", "ibm_armonk.crl", true)]
    [InlineData("host.crt", "ibm_armonk.crt", "ibm_armonk.crl", true)]
    [InlineData("host.crt", "ibm_armonk.crt", "ibm.crl", true)]
    [InlineData("host.crt", "ibm.crt", "ibm_armonk.crl", false)]
    public async Task Armonk_may_use_the_list_of_poughkeepsie(string host, string signingKey, string list, bool good)
    {
        HostKeySettings settings = Good with
        {
            HostKeys = [Cert(host)],
            Certificates = [Cert(signingKey), Cert("inter_ca.crt")],
            Crls = [Cert(list), Cert("inter_ca.crl")],
        };

        HostKeyCheckResult result = await CheckAsync(settings);

        Assert.Equal(good, result.Verified);
    }

    [Theory]
    [InlineData("ibm_rev.crt", "IFS123")]
    [InlineData("ibm_expired.crt", "IFS115")]
    public async Task A_bad_signing_key_is_named(string signingKey, string code)
    {
        HostKeyCheckResult result = await CheckAsync(Good with { Certificates = [Cert(signingKey), Cert("inter_ca.crt")] });

        Assert.Contains(result.Faults, f => f.Code == code && f.Where == Cert(signingKey));
    }

    [Fact]
    public async Task A_list_with_a_forged_signature_does_not_count()
    {
        HostKeyCheckResult result = await CheckAsync(Good with { Crls = [Cert("ibm.crl"), Cert("inter_ca.invalid_signer.crl")] });

        Assert.Contains(result.Faults, f => f.Code == "IFS122");
    }

    [Fact]
    public async Task Another_root_is_no_anchor()
    {
        HostKeyCheckResult result = await CheckAsync(Good with { RootCa = Cert("fake_root_ca.crt") });

        Assert.Contains(result.Faults, f => f.Severity == Severity.Error);
    }

    [Fact]
    public async Task Without_an_own_root_the_systems_roots_are_asked()
    {
        HostKeyVerifier verifier = new(FixedTime.Usual, null, () => []);

        HostKeyCheckResult result = await verifier.CheckAsync(Good with { RootCa = null }, TestContext.Current.CancellationToken);

        Assert.Contains(result.Faults, f => f.Code == "IFS117");
    }

    [Fact]
    public async Task Before_its_time_a_document_is_refused()
    {
        HostKeyVerifier verifier = new(new FixedTime(new DateTimeOffset(2024, 3, 1, 0, 0, 0, TimeSpan.Zero)));

        HostKeyCheckResult result = await verifier.CheckAsync(Good, TestContext.Current.CancellationToken);

        Assert.Contains(result.Faults, f => f.Code == "IFS104");
        Assert.Contains(result.Faults, f => f.Code == "IFS116");
    }

    [Fact]
    public async Task What_expires_within_thirty_days_is_a_warning()
    {
        HostKeyVerifier verifier = new(new FixedTime(new DateTimeOffset(2388, 12, 1, 0, 0, 0, TimeSpan.Zero)));

        HostKeyCheckResult result = await verifier.CheckAsync(Good, TestContext.Current.CancellationToken);

        Assert.True(result.Verified);
        Assert.All(result.Faults, f => Assert.Equal(("IFS127", Severity.Warning), (f.Code, f.Severity)));
        Assert.Equal(6, result.Faults.Count);
    }

    [Fact]
    public async Task Verification_that_is_turned_off_is_said_loudly()
    {
        HostKeyCheckResult result = await CheckAsync(new HostKeySettings { HostKeys = [Cert("host.crt")], Verify = false });

        Fault warning = Assert.Single(result.Faults);
        Assert.Equal(("IFS128", Severity.Warning), (warning.Code, warning.Severity));
        Assert.False(result.Verified);
    }

    [Fact]
    public async Task A_list_is_fetched_only_when_it_is_asked_for()
    {
        FakeCrls network = new();
        HostKeySettings settings = Good with { HostKeys = [Vectors.Se("unit", "host.pem.crt")] };

        await new HostKeyVerifier(FixedTime.Usual, network).CheckAsync(settings, TestContext.Current.CancellationToken);
        int offline = network.Asked;
        HostKeyCheckResult result = await new HostKeyVerifier(FixedTime.Usual, network).CheckAsync(settings with { Online = true }, TestContext.Current.CancellationToken);

        Assert.Equal(0, offline);
        Assert.Equal(network.Asked, result.Faults.Count(f => f.Code == "IFS133"));
    }

    private static HostKeySettings Good => new()
    {
        HostKeys = [Cert("host.crt")],
        Certificates = [Cert("ibm.crt"), Cert("inter_ca.crt")],
        Crls = [Cert("ibm.crl"), Cert("inter_ca.crl")],
        RootCa = Cert("root_ca.chained.crt"),
    };

    private static string Cert(string name) => Vectors.Se("certs", name);

    private static Task<HostKeyCheckResult> CheckAsync(HostKeySettings settings) => new HostKeyVerifier(FixedTime.Usual).CheckAsync(settings, TestContext.Current.CancellationToken);

    private sealed class FakeCrls : ICrlSource
    {
        public int Asked { get; private set; }

        public Task<byte[]> FetchAsync(Uri address, CancellationToken cancellation)
        {
            Asked++;
            throw new HttpRequestException("no route");
        }
    }
}
