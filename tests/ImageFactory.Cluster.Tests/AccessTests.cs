using ImageFactory.Cluster.Access;
using ImageFactory.Cluster.ConfigMaps;
using ImageFactory.Cluster.Transport;
using ImageFactory.Model;

namespace ImageFactory.Cluster.Tests;

public sealed class AccessTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_files_that_a_pod_lacks_are_told_at_once()
    {
        await using Place place = await Place.StartAsync();
        File.Delete(place["token"]);
        File.WriteAllText(place["ca.crt"], "no certificate");
        File.WriteAllText(place["namespace"], " \n");

        FactoryException fault = Assert.Throws<FactoryException>(() => place.Access);

        Assert.Equal(["ca.crt", "namespace", "token"], fault.Faults.Select(f => Path.GetFileName(f.Where)).Order());
        Assert.All(fault.Faults, f => Assert.Equal(("IFK103", ExitCode.Configuration), (f.Code, f.ExitCode)));
    }

    [Fact]
    public void Without_anything_all_places_are_named()
    {
        FactoryException fault = Assert.Throws<FactoryException>(() => ClusterAccess.Find(null, new Dictionary<string, string> { ["HOME"] = "/nonexistent" }));

        Assert.Equal("IFK101", fault.Faults[0].Code);
        Assert.Contains("/nonexistent/.kube/config", fault.Faults[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_another_authority_is_not_talked_to()
    {
        await using Place place = await Place.StartAsync();
        await using Place other = await Place.StartAsync(ofAnotherAuthority: true);
        using ClusterConnection connection = place.Connect(place.Access with { Server = other.Server.Address });

        FactoryException fault = await Assert.ThrowsAsync<FactoryException>(() => new ConfigMapClient(connection, TimeProvider.System).GetAsync("x", Cancellation));

        Assert.Equal("IFK302", fault.Faults[0].Code);
        Assert.Empty(other.Server.Requests);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_with_its_address()
    {
        await using Place place = await Place.StartAsync();
        using ClusterConnection connection = place.Connect(place.Access with { Server = new Uri("https://127.0.0.1:1") });

        FactoryException fault = await Assert.ThrowsAsync<FactoryException>(() => new ConfigMapClient(connection, TimeProvider.System).GetAsync("x", Cancellation));

        Assert.Equal(("IFK301", ExitCode.Unavailable, "https://127.0.0.1:1/"), (fault.Faults[0].Code, fault.Faults[0].ExitCode, fault.Faults[0].Where));
    }

    [Theory]
    [InlineData("token: first-token")]
    [InlineData("tokenFile: token")]
    public async Task A_kubeconfig_leads_to_the_server(string login)
    {
        await using Place place = await Place.StartAsync();
        File.WriteAllText(place["config"], Config(place, "certificate-authority: ca.crt", login));
        place.Server.SetConfigMap("elsewhere", "a");
        place.Server.Allow("builder", "elsewhere", "get /configmaps");
        using ClusterConnection connection = place.Connect(ClusterAccess.Find(place["config"], place.Environment));

        Assert.Equal("elsewhere", (await new ConfigMapClient(connection, TimeProvider.System).GetAsync("a", Cancellation))!.Namespace);
    }

    [Fact]
    public async Task Of_several_kubeconfigs_the_first_with_a_name_wins()
    {
        await using Place place = await Place.StartAsync();
        string data = Convert.ToBase64String(await File.ReadAllBytesAsync(place["ca.crt"], Cancellation));
        File.WriteAllText(place["first"], "apiVersion: v1\nkind: Config\ncurrent-context: dev\nusers:\n- name: me\n  user: { token: from-first }\n");
        File.WriteAllText(place["second"], Config(place, $"certificate-authority-data: {data}", "token: from-second"));

        ClusterAccess access = ClusterAccess.Find(null, new Dictionary<string, string> { ["KUBECONFIG"] = $"{place["first"]}:/nonexistent:{place["second"]}" });

        Assert.Equal(("from-first", "elsewhere", 1), (access.Token!().Reveal(), access.Namespace, access.Authorities.Count));
    }

    [Theory]
    [InlineData("exec: { command: aws }", "IFK107")]
    [InlineData("auth-provider: { name: oidc }", "IFK107")]
    [InlineData("client-certificate-data: '!'", "IFK106")]
    [InlineData("client-certificate: ca.crt", "IFK105")]
    public async Task Logins_that_cannot_be_used_are_told(string login, string code)
    {
        await using Place place = await Place.StartAsync();
        File.WriteAllText(place["config"], Config(place, "certificate-authority: ca.crt", login));

        Assert.Equal(code, Assert.Throws<FactoryException>(() => ClusterAccess.Find(place["config"], place.Environment)).Faults[0].Code);
    }

    [Theory]
    [InlineData("current-context: gone", "IFK105")]
    [InlineData("- a list", "IFK104")]
    [InlineData("a: [", "IFK104")]
    [InlineData("", "IFK104")]
    public async Task Damaged_kubeconfigs_are_told_with_their_file(string text, string code)
    {
        await using Place place = await Place.StartAsync();
        File.WriteAllText(place["config"], text);

        Fault fault = Assert.Throws<FactoryException>(() => ClusterAccess.Find(place["config"], place.Environment)).Faults[0];

        Assert.Equal((code, place["config"]), (fault.Code, fault.Where));
    }

    [Theory]
    [InlineData("172.30.0.0/16", "https://172.30.0.1:443/", true)]
    [InlineData("172.30.0.0/16", "https://172.31.0.1:443/", false)]
    [InlineData("10.0.0.1", "https://10.0.0.1/", true)]
    [InlineData("fd00::/8", "https://[fd01::1]/", true)]
    [InlineData(".svc,.cluster.local", "https://kubernetes.default.svc/", true)]
    [InlineData("example.com", "https://api.example.com/", true)]
    [InlineData("example.com", "https://badexample.com/", false)]
    [InlineData("*.example.com", "https://api.example.com/", true)]
    [InlineData("api.example.com:6443", "https://api.example.com:6443/", true)]
    [InlineData("api.example.com:6443", "https://api.example.com/", false)]
    [InlineData("*", "https://anything.example/", true)]
    [InlineData("", "https://anything.example/", false)]
    public void No_proxy_means_what_clusters_mean(string noProxy, string address, bool direct)
    {
        EnvironmentProxy proxy = new(new Dictionary<string, string> { ["HTTPS_PROXY"] = "http://proxy.example:3128", ["NO_PROXY"] = noProxy });

        Assert.Equal(direct, proxy.IsBypassed(new Uri(address)));
        Assert.Equal(direct ? null : new Uri("http://proxy.example:3128"), proxy.GetProxy(new Uri(address)));
    }

    private static string Config(Place place, string authority, string login) => $$"""
        apiVersion: v1
        kind: Config
        current-context: dev
        contexts:
        - name: dev
          context: { cluster: here, user: me, namespace: elsewhere }
        clusters:
        - name: here
          cluster: { server: '{{place.Server.Address}}', {{authority}} }
        users:
        - name: me
          user: { {{login}} }
        """;
}
