using ImageFactory.Cluster.ConfigMaps;
using ImageFactory.Cluster.Transport;
using ImageFactory.Model;

namespace ImageFactory.Cluster.Tests;

public sealed class ConfigMapTests
{
    private const string Name = "peer-pods-cm";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_leaves_what_it_does_not_name_and_removes_what_is_null()
    {
        await using Place place = await Place.StartAsync();
        place.Server.SetConfigMap(Place.Space, Name, Of(("CLOUD_PROVIDER", "aws"), ("OLD", "x")), Of(("LATEST_AMI_ID", "ami-1")));
        using ClusterConnection connection = place.Connect();

        ConfigMap? after = await Client(connection).ChangeAsync(
            Name,
            _ => new ConfigMapChange { Data = Changes(("PODVM_AMI_ID", "ami-2"), ("OLD", null)), Annotations = Changes(("LATEST_AMI_ID", "ami-2")) },
            Cancellation);

        Assert.Equal(Of(("CLOUD_PROVIDER", "aws"), ("PODVM_AMI_ID", "ami-2")), after!.Data);
        Assert.Equal("ami-2", after.Annotations["LATEST_AMI_ID"]);
        Assert.Equal(after.ResourceVersion, (string?)place.Server.ConfigMap(Place.Space, Name)!["metadata"]!["resourceVersion"]);
        Assert.Single(place.Server.Requests, r => r.StartsWith("PATCH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_there_already_is_not_sent()
    {
        await using Place place = await Place.StartAsync();
        place.Server.SetConfigMap(Place.Space, Name, Of(("PODVM_AMI_ID", "ami-2")));
        using ClusterConnection connection = place.Connect();

        await Client(connection).ChangeAsync(Name, _ => new ConfigMapChange { Data = Changes(("PODVM_AMI_ID", "ami-2"), ("ABSENT", null)) }, Cancellation);

        Assert.DoesNotContain(place.Server.Requests, r => r.StartsWith("PATCH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Somebody_else_s_change_in_between_is_seen_and_kept()
    {
        await using Place place = await Place.StartAsync();
        place.Server.SetConfigMap(Place.Space, Name, Of(("N", "1")));
        int others = 3;
        place.Server.Interfere = context =>
        {
            if (context.Request.Method == "PATCH" && others-- > 0)
                place.Server.SetConfigMap(Place.Space, Name, Of(("N", "1"), ("OTHER", $"{others}")));
            return Task.FromResult(false);
        };
        using ClusterConnection connection = place.Connect();
        List<string?> seen = [];

        ConfigMap? after = await Client(connection).ChangeAsync(
            Name,
            current =>
            {
                seen.Add(current.Data.GetValueOrDefault("OTHER"));
                return new ConfigMapChange { Data = Changes(("MINE", "yes")) };
            },
            Cancellation);

        Assert.Equal([null, "2", "1", "0"], seen);
        Assert.Equal(Of(("MINE", "yes"), ("N", "1"), ("OTHER", "0")), after!.Data.OrderBy(d => d.Key).ToDictionary());
    }

    [Fact]
    public async Task Endless_conflicts_end()
    {
        await using Place place = await Place.StartAsync();
        place.Server.SetConfigMap(Place.Space, Name);
        place.Server.Interfere = context =>
        {
            if (context.Request.Method == "PATCH")
                place.Server.SetConfigMap(Place.Space, Name);
            return Task.FromResult(false);
        };
        using ClusterConnection connection = place.Connect();

        Fault fault = await FaultAsync(() => Client(connection).ChangeAsync(Name, _ => new ConfigMapChange { Data = Changes(("A", "b")) }, Cancellation));

        Assert.Equal(("IFK204", ExitCode.TryAgain), (fault.Code, fault.ExitCode));
    }

    [Fact]
    public async Task An_absent_object_is_not_a_denied_one()
    {
        await using Place place = await Place.StartAsync();
        place.Server.Tokens["stranger"] = "stranger";
        using ClusterConnection connection = place.Connect();
        using ClusterConnection denied = place.Connect(place.Access with { Token = () => new Secret("stranger") });

        Assert.Null(await Client(connection).GetAsync("absent", Cancellation));
        Assert.Null(await Client(connection).ChangeAsync("absent", _ => new ConfigMapChange(), Cancellation));
        Fault fault = await FaultAsync(() => Client(denied).GetAsync(Name, Cancellation));

        Assert.Equal(("IFK202", ExitCode.NotPermitted), (fault.Code, fault.ExitCode));
        Assert.Equal($"not allowed to get configmaps {Name} in namespace {Place.Space}", fault.Message);
        Assert.Contains("User \"stranger\" cannot get resource", fault.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_right_to_read_is_no_right_to_change()
    {
        await using Place place = await Place.StartAsync();
        place.Server.SetConfigMap(Place.Space, Name);
        place.Server.Tokens["reader"] = "reader";
        place.Server.Allow("reader", Place.Space, "get /configmaps");
        using ClusterConnection connection = place.Connect(place.Access with { Token = () => new Secret("reader") });

        Fault fault = await FaultAsync(() => Client(connection).ChangeAsync(Name, _ => new ConfigMapChange { Data = Changes(("A", "b")) }, Cancellation));

        Assert.Contains("verb 'patch' on 'configmaps'", fault.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_was_replaced_is_read_again()
    {
        await using Place place = await Place.StartAsync();
        place.Server.SetConfigMap(Place.Space, Name);
        using ClusterConnection connection = place.Connect();
        place.Server.Interfere = context =>
        {
            // The kubelet writes the new token after the old one was read for this request.
            if (context.Request.Headers.Authorization == "Bearer first-token" && place.Server.Tokens.TryRemove("first-token", out _))
            {
                place.Server.Tokens["second-token"] = "builder";
                File.WriteAllText(place["token"], "second-token");
            }

            return Task.FromResult(false);
        };

        Assert.NotNull(await Client(connection).GetAsync(Name, Cancellation));
        Assert.Equal([$"GET /api/v1/namespaces/{Place.Space}/configmaps/{Name} 401", $"GET /api/v1/namespaces/{Place.Space}/configmaps/{Name} 200"], place.Server.Requests);

        place.Server.Tokens.Clear();
        Fault fault = await FaultAsync(() => Client(connection).GetAsync(Name, Cancellation));
        Assert.Equal("IFK201", fault.Code);
        Assert.DoesNotContain("second-token", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Our_own_are_made_and_replaced_and_others_are_left_alone()
    {
        await using Place place = await Place.StartAsync();
        place.Server.SetConfigMap(Place.Space, "theirs", Of(("keep", "this")));
        using ClusterConnection connection = place.Connect();
        ConfigMapClient client = Client(connection);

        await client.PutAsync("ours", "image-factory", Of(("a", "1"), ("b", "2")), false, Cancellation);
        ConfigMap second = await client.PutAsync("ours", "image-factory", Of(("b", "3")), false, Cancellation);
        Fault fault = await FaultAsync(() => client.PutAsync("theirs", "image-factory", Of(("keep", "that")), false, Cancellation));

        Assert.Equal(Of(("b", "3")), second.Data);
        Assert.Equal("IFK206", fault.Code);
        Assert.Equal("this", place.Server.Data(Place.Space, "theirs", "keep"));
        await client.PutAsync("theirs", "image-factory", Of(("keep", "that")), true, Cancellation);
        Assert.Equal("that", place.Server.Data(Place.Space, "theirs", "keep"));
    }

    [Fact]
    public async Task What_the_server_refuses_is_told_in_its_words()
    {
        await using Place place = await Place.StartAsync();
        place.Server.SetConfigMap(Place.Space, Name);
        using ClusterConnection connection = place.Connect();

        Fault fault = await FaultAsync(() => Client(connection).ChangeAsync(Name, _ => new ConfigMapChange { Data = Changes(("not a key", "b")) }, Cancellation));

        Assert.Equal("IFK205", fault.Code);
        Assert.Equal("data[not a key]: Invalid value", fault.Detail);
    }

    private static ConfigMapClient Client(ClusterConnection connection) => new(connection, TimeProvider.System);

    private static Dictionary<string, string> Of(params (string Key, string Value)[] values) => values.ToDictionary(v => v.Key, v => v.Value);

    private static Dictionary<string, string?> Changes(params (string Key, string? Value)[] values) => values.ToDictionary(v => v.Key, v => v.Value);

    private static async Task<Fault> FaultAsync(Func<Task> act) => Assert.Single((await Assert.ThrowsAsync<FactoryException>(act)).Faults);
}
