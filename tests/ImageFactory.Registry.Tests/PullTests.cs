using System.Collections.Concurrent;
using ImageFactory.Model;
using ImageFactory.Registry.References;
using ImageFactory.Testing.Registry;
using Microsoft.AspNetCore.Http;

namespace ImageFactory.Registry.Tests;

public sealed class PullTests : IDisposable
{
    private static readonly byte[] Content = Random(3_000_000, 1);

    private readonly Place place = new();
    private readonly TestAuthority authority = new();

    public void Dispose()
    {
        place.Dispose();
        authority.Dispose();
    }

    [Fact]
    public async Task A_blob_arrives_as_it_was_pushed()
    {
        await using FakeRegistry registry = await StartAsync();

        Assert.Equal(Content, await place.PullAsync($"{registry.Host}/org/image:v1"));
    }

    [Fact]
    public async Task An_unknown_authority_is_refused_with_the_place_for_it()
    {
        await using FakeRegistry registry = await StartAsync();
        File.Delete(place[$"certs.d/{registry.Host}/ca.crt"]);

        Fault fault = Assert.Single(await place.FaultsAsync($"{registry.Host}/org/image:v1"));

        Assert.Equal("IFO302", fault.Code);
        Assert.Contains($"certs.d/{registry.Host}/ca.crt", fault.Hint!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_http_is_spoken_only_where_the_machine_accepts_it()
    {
        await using FakeRegistry registry = await FakeRegistry.StartAsync();
        FakeImage.Push(registry, "org/image", [(FakeImage.Layer, Content)], tags: "v1");

        Assert.Contains((await place.FaultsAsync($"{registry.Host}/org/image:v1")).Single().Code, (string[])["IFO301", "IFO302"]);
        Assert.Empty(registry.Requests);

        place.AcceptPlain(registry.Host);
        Assert.Equal(Content, await place.PullAsync($"{registry.Host}/org/image:v1"));
    }

    [Fact]
    public async Task What_is_not_there_is_told_in_the_registrys_words()
    {
        await using FakeRegistry registry = await StartAsync();

        Fault fault = Assert.Single(await place.FaultsAsync($"{registry.Host}/org/image:v2"));

        Assert.Equal(("IFO304", ExitCode.MissingInput), (fault.Code, fault.ExitCode));
        Assert.Contains("MANIFEST_UNKNOWN: manifest unknown", fault.Detail!, StringComparison.Ordinal);
        Assert.EndsWith("org/image:v2", fault.Where, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_that_is_not_there_is_told()
    {
        Fault fault = Assert.Single(await place.FaultsAsync("127.0.0.1:1/x"));

        Assert.Equal(("IFO301", ExitCode.Unavailable), (fault.Code, fault.ExitCode));
    }

    [Theory]
    [InlineData(Architecture.X64, 0)]
    [InlineData(Architecture.S390x, 1)]
    public async Task Of_an_index_the_manifest_of_the_machine_is_taken(Architecture architecture, int expected)
    {
        await using FakeRegistry registry = await StartAsync();
        string[] digests = [Push("amd64"), Push("s390x")];
        string index = FakeImage.PushIndex(registry, "multi", [(digests[0], "amd64"), (digests[1], "s390x"), (Push("unknown"), "unknown")], "1");

        ResolvedImage image = await place.ResolveAsync($"{registry.Host}/multi:1", architecture);

        Assert.Equal(digests[expected], image.ManifestDigest.ToString());
        Assert.Equal(index, image.Digest.ToString());
        Assert.Equal($"{registry.Host}/multi:1@{digests[expected]}", image.Pinned.ToString());

        string Push(string name) => FakeImage.Push(registry, "multi", [(FakeImage.Layer, Random(100, name.Length))], name);
    }

    [Fact]
    public async Task An_index_without_the_machine_names_those_it_has()
    {
        await using FakeRegistry registry = await StartAsync();
        FakeImage.PushIndex(registry, "multi", [(FakeImage.Push(registry, "multi", [], "arm64"), "arm64")], "1");

        Fault fault = Assert.Single(await place.FaultsAsync($"{registry.Host}/multi:1"));

        Assert.Equal("IFO403", fault.Code);
        Assert.Contains("linux/arm64", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_for_another_machine_is_warned_of()
    {
        await using FakeRegistry registry = await StartAsync();
        FakeImage.Push(registry, "other", [], "arm64", "1");

        Assert.Contains((await place.ResolveAsync($"{registry.Host}/other:1")).Warnings, w => w.Code == "IFO404" && w.Severity == Severity.Warning);
    }

    [Fact]
    public async Task Another_manifest_under_a_digest_is_refused()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Interfere = async context =>
        {
            if (!context.Request.Path.Value!.Contains("sha256:", StringComparison.Ordinal))
                return false;
            context.Response.ContentType = FakeImage.Manifest;
            await context.Response.WriteAsync("{}");
            return true;
        };

        Assert.Equal("IFO405", (await place.FaultsAsync($"{registry.Host}/org/image@{FakeRegistry.DigestOf([1])}")).Single().Code);
    }

    [Theory]
    [InlineData(3_000_000, "IFO406")]
    [InlineData(2_999_999, "IFO407")]
    [InlineData(3_000_001, "IFO407")]
    public async Task Another_blob_under_a_digest_is_refused(int length, string code)
    {
        await using FakeRegistry registry = await StartAsync();
        registry.ReplaceBlob("org/image", FakeRegistry.DigestOf(Content), Random(length, 2));

        FactoryException refused = await Assert.ThrowsAsync<FactoryException>(() => place.PullAsync($"{registry.Host}/org/image:v1"));

        Assert.Equal(code, refused.Faults.Single().Code);
    }

    [Theory]
    [InlineData("{", "IFO401")]
    [InlineData("[]", "IFO401")]
    [InlineData("""{"schemaVersion":1,"fsLayers":[]}""", "IFO402")]
    [InlineData("""{"mediaType":"application/vnd.oci.image.manifest.v1+json"}""", "IFO401")]
    [InlineData("""{"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"x","digest":"md5:1","size":1}}""", "IFO401")]
    [InlineData("""{"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"x","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":-1}}""", "IFO401")]
    public async Task A_wrong_manifest_is_refused(string json, string code)
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Interfere = async context =>
        {
            context.Response.ContentType = json.Contains("fsLayers", StringComparison.Ordinal) ? "application/vnd.docker.distribution.manifest.v1+json" : FakeImage.Manifest;
            await context.Response.WriteAsync(json);
            return true;
        };

        Assert.Equal(code, (await place.FaultsAsync($"{registry.Host}/wrong:1")).Single().Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_breaks_is_taken_up_where_it_broke(bool ignoresRanges)
    {
        await using FakeRegistry registry = await StartAsync();
        registry.IgnoresRanges = ignoresRanges;
        int[] cuts = [1_000_000, 1_500_000];
        int cut = 0;
        registry.Interfere = async context =>
        {
            if (!context.Request.Path.Value!.Contains("/blobs/" + FakeRegistry.DigestOf(Content), StringComparison.Ordinal) || cut == cuts.Length)
                return false;
            int from = ignoresRanges || context.Request.GetTypedHeaders().Range is not { } range ? 0 : (int)range.Ranges.Single().From!;
            if (from > 0)
            {
                context.Response.StatusCode = 206;
                context.Response.Headers.ContentRange = $"bytes {from}-{Content.Length - 1}/{Content.Length}";
            }

            context.Response.ContentLength = Content.Length - from;
            await context.Response.Body.WriteAsync(Content.AsMemory(from, cuts[cut++] - from));
            await context.Response.Body.FlushAsync();
            await Task.Delay(100);
            context.Abort();
            return true;
        };

        Assert.Equal(Content, await place.PullAsync($"{registry.Host}/org/image:v1"));
        Assert.Equal(3, registry.Requests.Count(r => r.Contains("/blobs/" + FakeRegistry.DigestOf(Content), StringComparison.Ordinal)));
        Assert.Contains(registry.Requests, r => r.EndsWith("bytes=1500000-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_that_always_breaks_is_given_up()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Interfere = async context =>
        {
            if (!context.Request.Path.Value!.Contains("/blobs/" + FakeRegistry.DigestOf(Content), StringComparison.Ordinal))
                return false;
            context.Response.ContentLength = Content.Length;
            await context.Response.Body.FlushAsync();
            await Task.Delay(100);
            context.Abort();
            return true;
        };

        FactoryException broken = await Assert.ThrowsAsync<FactoryException>(() => place.PullAsync($"{registry.Host}/org/image:v1"));

        Assert.Equal(("IFO308", ExitCode.TryAgain), (broken.Faults.Single().Code, broken.ExitCode));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task What_fails_in_passing_is_tried_again(int status)
    {
        await using FakeRegistry registry = await StartAsync();
        int failures = 0;
        registry.Interfere = async context =>
        {
            if (failures++ % 3 == 2)
                return false;
            context.Response.Headers.RetryAfter = "0";
            context.Response.StatusCode = status;
            await context.Response.WriteAsync("busy");
            return true;
        };

        Assert.Equal(Content, await place.PullAsync($"{registry.Host}/org/image:v1"));
    }

    [Fact]
    public async Task A_service_that_stays_down_says_so_at_the_end()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Interfere = async context =>
        {
            context.Response.StatusCode = 503;
            await context.Response.WriteAsync("""{"errors":[{"code":"UNAVAILABLE","message":"maintenance"}]}""");
            return true;
        };

        Fault fault = Assert.Single(await place.FaultsAsync($"{registry.Host}/org/image:v1"));

        Assert.Equal(("IFO305", ExitCode.TryAgain, "UNAVAILABLE: maintenance"), (fault.Code, fault.ExitCode, fault.Detail));
        Assert.Equal(4, registry.Requests.Count);
    }

    [Fact]
    public async Task A_login_never_goes_to_another_host()
    {
        await using FakeRegistry storage = await FakeRegistry.StartAsync(authority.Server);
        await using FakeRegistry registry = await StartAsync();
        registry.Authentication = FakeAuthentication.Token;
        LogIn(registry);
        ConcurrentQueue<string> seen = [];
        storage.Interfere = async context =>
        {
            seen.Enqueue(context.Request.Headers.Authorization.ToString());
            await context.Response.Body.WriteAsync(Content);
            return true;
        };
        registry.Interfere = context =>
        {
            if (!context.Request.Path.Value!.Contains("/blobs/" + FakeRegistry.DigestOf(Content), StringComparison.Ordinal))
                return Task.FromResult(false);
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = $"{storage.Address}/bucket/object?signature=1";
            return Task.FromResult(true);
        };

        Assert.Equal(Content, await place.PullAsync($"{registry.Host}/org/image:v1"));
        Assert.Equal([""], seen);
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/x")]
    [InlineData("file:///etc/passwd")]
    [InlineData("")]
    public async Task A_redirect_to_something_less_safe_is_refused(string location)
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Interfere = context =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = location;
            return Task.FromResult(true);
        };

        Assert.Equal("IFO306", (await place.FaultsAsync($"{registry.Host}/org/image:v1")).Single().Code);
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Interfere = context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = context.Request.Path.Value;
            return Task.FromResult(true);
        };

        Assert.Equal("IFO306", (await place.FaultsAsync($"{registry.Host}/org/image:v1")).Single().Code);
        Assert.Equal(6, registry.Requests.Count);
    }

    [Fact]
    public async Task A_mirror_serves_first_and_the_registry_when_it_cannot()
    {
        await using FakeRegistry mirror = await FakeRegistry.StartAsync();
        await using FakeRegistry registry = await StartAsync();
        place.Write("registries.conf", $"[[registry]]\nlocation = \"{registry.Host}/org\"\n[[registry.mirror]]\nlocation = \"127.0.0.1:1/dead\"\n[[registry.mirror]]\nlocation = \"{mirror.Host}/copy\"\ninsecure = true\n");

        Assert.Equal(Content, await place.PullAsync($"{registry.Host}/org/image:v1"));
        Assert.Contains("GET /v2/copy/image/manifests/v1", mirror.Requests);

        FakeImage.Push(mirror, "copy/image", [(FakeImage.Layer, Random(500, 9))], tags: "v1");
        Assert.Equal(Random(500, 9), await place.PullAsync($"{registry.Host}/org/image:v1"));
    }

    [Fact]
    public async Task When_no_place_has_it_each_is_told_the_registry_first()
    {
        await using FakeRegistry registry = await StartAsync();
        place.Write("registries.conf", $"[[registry]]\nlocation = \"{registry.Host}\"\n[[registry.mirror]]\nlocation = \"127.0.0.1:1\"\n");

        Assert.Equal(["IFO304", "IFO301"], (await place.FaultsAsync($"{registry.Host}/org/image:v9")).Select(f => f.Code));
    }

    [Fact]
    public async Task Cancelling_ends_a_pull_at_once()
    {
        await using FakeRegistry registry = await StartAsync();
        TaskCompletionSource asked = new();
        registry.Interfere = async context =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return true;
        };
        using CancellationTokenSource cancel = new();
        using RegistryClient client = place.Client();
        Task<ResolvedImage> pull = client.ResolveAsync(ImageReference.Parse($"{registry.Host}/org/image:v1"), Architecture.X64, cancel.Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_registry_that_falls_silent_is_given_up()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Interfere = async context =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        using RegistryClient client = new(place.Settings with { Silence = TimeSpan.FromMilliseconds(200), Attempts = 2 }, TimeProvider.System);

        FactoryException silent = await Assert.ThrowsAsync<FactoryException>(
            () => client.ResolveAsync(ImageReference.Parse($"{registry.Host}/org/image:v1"), Architecture.X64, TestContext.Current.CancellationToken));

        Assert.Equal("IFO301", silent.Faults.Single().Code);
    }

    [Fact]
    public async Task Basic_credentials_are_sent_when_asked_for()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Authentication = FakeAuthentication.Basic;
        Assert.Equal("IFO303", (await place.FaultsAsync($"{registry.Host}/org/image:v1")).Single().Code);

        LogIn(registry);
        Assert.Equal(Content, await place.PullAsync($"{registry.Host}/org/image:v1"));

        LogIn(registry, "wrong");
        Fault fault = Assert.Single(await place.FaultsAsync($"{registry.Host}/org/image:v1"));
        Assert.Equal(("IFO303", ExitCode.NotPermitted, "UNAUTHORIZED: authentication required"), (fault.Code, fault.ExitCode, fault.Detail));
        Assert.DoesNotContain("wrong", fault.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 300)]
    [InlineData(true, 300)]
    [InlineData(false, null)]
    public async Task One_token_serves_a_whole_pull(bool accessToken, int? expires)
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Authentication = FakeAuthentication.Token;
        registry.Tokens.CallsItAccessToken = accessToken;
        registry.Tokens.ExpiresIn = expires;
        LogIn(registry);

        Assert.Equal(Content, await place.PullAsync($"{registry.Host}/org/image:v1"));
        Assert.Equal(1, registry.Tokens.Given);
        Assert.Contains("GET /token Basic", registry.Requests);
    }

    [Fact]
    public async Task A_public_repository_needs_a_token_and_no_credentials()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Authentication = FakeAuthentication.Token;

        Fault fault = Assert.Single(await place.FaultsAsync($"{registry.Host}/org/image:v1"));
        Assert.Equal("IFO303", fault.Code);
        Assert.Contains("no file has credentials", fault.Message, StringComparison.Ordinal);

        registry.Tokens.Public.Add("org/image");
        Assert.Equal(Content, await place.PullAsync($"{registry.Host}/org/image:v1"));
        Assert.DoesNotContain("GET /token Basic", registry.Requests);
    }

    [Fact]
    public async Task An_identity_token_is_exchanged()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Authentication = FakeAuthentication.Token;
        place.Write("auth.json", $$$"""{"auths":{"{{{registry.Host}}}":{"identitytoken":"{{{FakeTokenService.IdentityToken}}}"} } }""");

        Assert.Equal(Content, await place.PullAsync($"{registry.Host}/org/image:v1"));
        Assert.Contains("POST /token", registry.Requests);
    }

    [Fact]
    public async Task A_token_that_ended_is_renewed_in_the_middle_of_a_blob()
    {
        await using FakeRegistry registry = await StartAsync();
        registry.Authentication = FakeAuthentication.Token;
        LogIn(registry);
        bool cut = false;
        registry.Interfere = async context =>
        {
            if (cut || !context.Request.Path.Value!.Contains("/blobs/" + FakeRegistry.DigestOf(Content), StringComparison.Ordinal))
                return false;
            cut = true;
            context.Response.ContentLength = Content.Length;
            await context.Response.Body.WriteAsync(Content.AsMemory(0, 1_000_000));
            await context.Response.Body.FlushAsync();
            await Task.Delay(100);
            registry.Tokens.ExpireAll();
            context.Abort();
            return true;
        };

        Assert.Equal(Content, await place.PullAsync($"{registry.Host}/org/image:v1"));
        Assert.Equal(2, registry.Tokens.Given);
    }

    [Theory]
    [InlineData("Bearer service=\"x\"", "IFO307")]
    [InlineData("Bearer realm=\"ftp://x/\"", "IFO307")]
    [InlineData("Digest realm=\"x\"", "IFO309")]
    [InlineData("Bearer realm=\"http://127.0.0.1:1/token\"", "IFO310")]
    public async Task A_login_that_cannot_be_is_told(string challenge, string code)
    {
        await using FakeRegistry registry = await StartAsync();
        LogIn(registry);
        registry.Interfere = context =>
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = challenge;
            return Task.FromResult(true);
        };

        Assert.Equal(code, (await place.FaultsAsync($"{registry.Host}/org/image:v1")).Single().Code);
    }

    [Fact]
    public async Task No_secret_is_in_any_fault()
    {
        await using FakeRegistry registry = await StartAsync();
        place.Write("auth.json", $$$"""{"auths":{"{{{registry.Host}}}":{"username":"canary-user","password":"canary-word"} } }""");
        registry.Authentication = FakeAuthentication.Token;

        string all = string.Join('\n', await place.FaultsAsync($"{registry.Host}/org/image:v1"));

        Assert.Contains("IFO303", all, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", all, StringComparison.Ordinal);
    }

    internal static byte[] Random(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private void LogIn(FakeRegistry registry, string password = "geheim") =>
        place.Write("auth.json", $$$"""{"auths":{"{{{registry.Host}}}":{"auth":"{{{Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("puller:" + password))}}}"} } }""");

    private async Task<FakeRegistry> StartAsync()
    {
        FakeRegistry registry = await FakeRegistry.StartAsync(authority.Server);
        place.Trust(registry, authority);
        FakeImage.Push(registry, "org/image", [(FakeImage.Layer, Content)], tags: "v1");
        return registry;
    }
}
