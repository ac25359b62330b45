using ImageFactory.Model;
using ImageFactory.Registry.Authentication;
using ImageFactory.Registry.Configuration;
using ImageFactory.Registry.References;

namespace ImageFactory.Registry.Tests;

public sealed class ConfigurationTests : IDisposable
{
    private readonly Place place = new();

    public void Dispose() => place.Dispose();

    /// <summary>The examples of containers-registries.conf(5).</summary>
    [Fact]
    public void A_prefix_is_replaced_by_its_location_and_mirrors_come_first()
    {
        place.Write("registries.conf", """
            unqualified-search-registries = ["registry.example"] # not looked at
            short-name-mode = 'enforcing'

            [[registry]]
            prefix = "example.com/foo"
            location = "internal.example:5000/bar" # replaced
            insecure = false
            [[registry.mirror]]
            location = "mirror-0.example/mirror-for-foo"
            pull-from-mirror = "digest-only"
            [[registry.mirror]]
            location = 'mirror-1.example/foo'
            insecure = true

            [[registry]]
            location = "example.com"

            [aliases]
            "short" = "registry.example/short"
            """);

        Assert.Equal(["mirror-1.example/foo/image:1", "internal.example:5000/bar/image:1"], Sources("example.com/foo/image:1"));
        string digest = "@sha256:" + new string('a', 64);
        Assert.Equal(["mirror-0.example/mirror-for-foo/image" + digest, "mirror-1.example/foo/image" + digest, "internal.example:5000/bar/image" + digest], Sources("example.com/foo/image" + digest));
        Assert.Equal(["example.com/foobar/image"], Sources("example.com/foobar/image"));
        Assert.Equal(["other.example/x"], Sources("other.example/x"));
    }

    [Fact]
    public void A_file_of_the_folder_replaces_what_an_earlier_one_says_of_the_same_prefix()
    {
        place.Write("registries.conf", "[[registry]]\nlocation = \"a.example\"\nblocked = true\n");
        place.Write("registries.conf.d/10.conf", "[[registry]]\nlocation = \"a.example\"\n[[registry.mirror]]\nlocation = \"m.example\"\n");
        place.Write("registries.conf.d/20.conf", "[[registry]]\nprefix = \"*.b.example\"\nblocked = true\n");

        Assert.Equal(["m.example/x", "a.example/x"], Sources("a.example/x"));
        Assert.Equal(["b.example/x"], Sources("b.example/x"));
        Assert.Equal("IFO203", Assert.Throws<FactoryException>(() => Sources("deep.b.example/x")).Faults.Single().Code);
    }

    [Theory]
    [InlineData("[[registry]]\nprefix = ", "line 2")]
    [InlineData("[[registry]]\ninsecure = true\n", "neither prefix nor location")]
    [InlineData("[[registry]]\nlocation = \"a\"\nlocation = \"b\"\n", "line 3")]
    [InlineData("[[registry]]\nlocation = 1\n", "no text")]
    [InlineData("[[registry]]\nlocation = \"a.b\"\ninsecure = \"yes\"\n", "neither true nor false")]
    [InlineData("[registries.search]\nregistries = ['docker.io']\n", "version 1")]
    [InlineData("x = \"\"\"y\"\"\"\n", "several lines")]
    [InlineData("x = \"y\n", "does not end")]
    [InlineData("x = [1, 2\n", "expected")]
    [InlineData("x = 1979-05-27\n", "no value")]
    public void A_wrong_list_of_registries_is_told_with_its_place(string text, string says)
    {
        place.Write("registries.conf", text);

        Fault fault = Assert.Throws<FactoryException>(() => Sources("a.b/c")).Faults.Single();

        Assert.Equal("IFO202", fault.Code);
        Assert.Contains(says, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Inline_tables_and_deep_values_are_read()
    {
        Dictionary<string, object> read = TomlReader.Parse("a.\"b c\".d = [ {x = 'y', z = -1_000}, {} ]\n[t.u]\nv = \"\\u0041\\n\" # end");

        List<object> list = (List<object>)((Dictionary<string, object>)((Dictionary<string, object>)read["a"])["b c"])["d"];
        Assert.Equal(-1000L, ((Dictionary<string, object>)list[0])["z"]);
        Assert.Equal("A\n", ((Dictionary<string, object>)((Dictionary<string, object>)read["t"])["u"])["v"]);
        Assert.Throws<FormatException>(() => TomlReader.Parse("x = " + new string('[', 100_000)));
    }

    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        Random random = new(1);
        const string letters = "[]{}=\"'\\#.,\n ab1_-ut";
        for (int i = 0; i < 50_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => letters[random.Next(letters.Length)]));
            try
            {
                TomlReader.Parse(text);
            }
            catch (FormatException e)
            {
                Assert.StartsWith("line ", e.Message, StringComparison.Ordinal);
            }

            Assert.True(Challenge.Parse(text).Count <= text.Length);
        }
    }

    /// <summary>Keys and precedence of containers-auth.json(5); the base64 was made with <c>printf user:word | base64</c>.</summary>
    [Fact]
    public void The_longest_key_of_the_first_file_that_knows_a_registry_wins()
    {
        place.Write("auth.json", """
            {"auths": {
              "q.example": {"auth": "aG9zdDp3b3Jk"},
              "q.example/org": {"auth": "b3JnOnc6b3JkCg=="},
              "q.example/org/image": {"username": "image", "password": "secret"},
              "https://index.docker.io/v1/": {"auth": "aHViOndvcmQ="},
              "t.example": {"auth": "PHRva2VuPjo=", "identitytoken": "abc"}
            }}
            """);
        place.Write("config.json", """{"auths": {"q.example": {"auth": "b3RoZXI6d29yZA=="}, "r.example:5000": {"auth": "b3RoZXI6d29yZA=="}}}""");
        AuthFiles files = AuthFiles.Load(place.Settings.AuthFiles);

        Assert.Equal("host", files.Find("q.example", "x")!.User);
        Assert.Equal("org", files.Find("q.example", "org/x")!.User);
        Assert.Equal("host", files.Find("q.example", "organ/x")!.User);
        Assert.Equal(("image", "secret"), (files.Find("q.example", "org/image")!.User, files.Find("q.example", "org/image")!.Secret));
        Assert.Equal("hub", files.Find("docker.io", "library/x")!.User);
        Assert.True(files.Find("t.example", "x")!.IsIdentityToken);
        Assert.Equal("other", files.Find("r.example:5000", "x")!.User);
        Assert.Null(files.Find("r.example", "x"));
        Assert.Equal("***", files.Find("q.example", "x")!.ToString());
    }

    /// <summary>The forms of X-Registry-Auth and X-Registry-Config are those of Docker's API; decoded here by hand.</summary>
    [Fact]
    public void Engines_get_credentials_in_their_own_form()
    {
        place.Write("auth.json", """{"auths": {"q.example": {"auth": "aG9zdDp3b3Jk"}, "t.example": {"auth": "PHRva2VuPjo=", "identitytoken": "a?>"}}}""");
        place.Write("token", "cluster-token\n");
        EngineCredentials credentials = EngineCredentials.Load(place.Settings with { Cluster = new ClusterRegistry(ClusterRegistry.DefaultHost, place["token"], place["ca"]) });

        Assert.Equal("""{"username":"host","password":"word","serveraddress":"q.example"}""", Decoded(credentials.For(ImageReference.Parse("q.example/a:1"))));
        Assert.Equal("""{"identitytoken":"a?\u003E","serveraddress":"t.example"}""", Decoded(credentials.For(ImageReference.Parse("t.example/a"))));
        Assert.Equal(
            $$"""{"username":"kubeadmin","password":"cluster-token","serveraddress":"{{ClusterRegistry.DefaultHost}}:5000"}""",
            Decoded(credentials.For(ImageReference.Parse(ClusterRegistry.DefaultHost + ":5000/ns/os"))));
        Assert.Null(credentials.For(ImageReference.Parse("other.example/a")));
        Assert.Equal(
            """{"q.example":{"username":"host","password":"word","serveraddress":"q.example"}}""",
            Decoded(credentials.For([ImageReference.Parse("q.example/a"), ImageReference.Parse("other.example/a")])));
        Assert.Null(credentials.For([ImageReference.Parse("other.example/a")]));

        static string Decoded(string? header) => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(header!.Replace('-', '+').Replace('_', '/')));
    }

    [Fact]
    public void Credentials_that_only_a_program_has_are_refused_with_a_way_out()
    {
        place.Write("config.json", """{"credsStore": "desktop", "credHelpers": {"gcr.io": "gcloud"}, "auths": {"q.example": {}}}""");
        AuthFiles files = AuthFiles.Load(place.Settings.AuthFiles);

        Assert.Equal("IFO205", Assert.Throws<FactoryException>(() => files.Find("gcr.io", "x")).Faults.Single().Code);
        Fault fault = Assert.Throws<FactoryException>(() => files.Find("q.example", "x")).Faults.Single();
        Assert.Contains("docker-credential-desktop", fault.Message, StringComparison.Ordinal);
        Assert.Contains("REGISTRY_AUTH_FILE", fault.Hint!, StringComparison.Ordinal);
        Assert.Null(files.Find("other.example", "x"));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"auths": {"a.b": "x"}}""")]
    [InlineData("""{"auths": {"a.b": {"auth": "%%%"}}}""")]
    [InlineData("""{"auths": {"a.b": {"auth": "bm9jb2xvbg=="}}}""")]
    public void A_wrong_file_of_credentials_is_told_without_its_content(string text)
    {
        place.Write("auth.json", text);

        Fault fault = Assert.Throws<FactoryException>(() => AuthFiles.Load(place.Settings.AuthFiles)).Faults.Single();

        Assert.Equal("IFO204", fault.Code);
        Assert.DoesNotContain("bm9jb2xvbg", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void All_wrong_files_are_told_at_once()
    {
        place.Write("auth.json", "{");
        place.Write("registries.conf", "=");
        place.Write("policy.json", "{}");

        IReadOnlyList<Fault> faults = Assert.Throws<FactoryException>(place.Client).Faults;

        Assert.Equal(["IFO204", "IFO202", "IFO207"], faults.Select(f => f.Code));
    }

    /// <summary>From RFC 9110 11.6.1 and the answers of Docker Hub and of a registry with Basic.</summary>
    [Theory]
    [InlineData("Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:a/b:pull,push\"", 1, "Bearer", "scope", "repository:a/b:pull,push")]
    [InlineData("Basic realm=\"basic-realm\"", 1, "Basic", "realm", "basic-realm")]
    [InlineData("Basic realm=simple , charset=\"UTF-8\"", 1, "Basic", "charset", "UTF-8")]
    [InlineData("Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", Basic realm=\"simple\"", 2, "Newauth", "title", "Login to \"apps\"")]
    [InlineData("Negotiate, Basic realm=\"x\"", 2, "Negotiate", "realm", null)]
    public void Challenges_are_read(string header, int count, string scheme, string name, string? value)
    {
        IReadOnlyList<Challenge> challenges = Challenge.Parse(header);

        Assert.Equal(count, challenges.Count);
        Assert.Equal(scheme, challenges[0].Scheme);
        Assert.Equal(value, challenges[0][name]);
    }

    private string[] Sources(string reference) =>
        [.. RegistriesConfiguration.Load(place.Settings.RegistriesFile, place.Settings.RegistriesFolder).SourcesOf(ImageReference.Parse(reference)).Select(s => s.Reference.ToString())];
}
