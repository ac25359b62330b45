using System.Text;
using System.Text.Json.Nodes;
using ImageFactory.Assembly.Bases.Bootc.Engine;
using ImageFactory.Model;
using Microsoft.AspNetCore.Http;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

public sealed class HttpContainerEngineTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_are_made_in_the_version_that_the_engine_names()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.ApiVersion = "1.52";

        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);

        Assert.Equal("Podman Engine 9.9", engine.Version.ToString());
        Assert.DoesNotContain("GET /version", fake.Requests);
        Assert.Null(await engine.FindImageAsync("localhost/none", Token));
    }

    [Fact]
    public async Task An_engine_that_is_not_podman_is_asked_for_its_version_and_never_to_mount()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Product = "Engine";

        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);

        Assert.Equal("Engine 9.9", engine.Version.ToString());
        Assert.Null(await engine.MountAsync("x", Token));
        Assert.Equal(["GET /version"], fake.Requests);
    }

    [Theory]
    [InlineData(200, "/nowhere/merged")]
    [InlineData(200, "\"/nowhere/merged\"")]
    [InlineData(200, "")]
    [InlineData(200, "{}")]
    [InlineData(500, "no")]
    public async Task A_mount_that_is_not_here_is_none(int status, string said)
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        fake.Instead = async (context, _) =>
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(said);
            return true;
        };

        Assert.Null(await engine.MountAsync("x", Token));
        Assert.Equal(["POST /libpod/containers/x/mount"], fake.Requests);
    }

    [Fact]
    public async Task What_the_engine_says_of_a_refusal_is_passed_on()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        fake.Instead = async (context, path) =>
        {
            context.Response.StatusCode = 500;
            await context.Response.WriteAsync("""{"cause":"no space left on device","message":"creating container storage","response":500}""");
            return true;
        };

        Fault fault = await FaultAsync(() => engine.CreateAsync(new ContainerCall("x", "localhost/x"), Token));

        Assert.Equal("IFC201", fault.Code);
        Assert.Equal("creating container storage: no space left on device", fault.Detail);
        Assert.Equal(ExitCode.Unavailable, fault.ExitCode);
    }

    [Theory]
    [InlineData(404, ExitCode.MissingInput)]
    [InlineData(403, ExitCode.NotPermitted)]
    [InlineData(409, ExitCode.TryAgain)]
    [InlineData(503, ExitCode.Unavailable)]
    public async Task The_kind_of_refusal_decides_how_the_run_ends(int status, ExitCode expected)
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        fake.Instead = async (context, _) =>
        {
            await FakeEngine.RefuseAsync(context, status, "why");
            return true;
        };

        Fault fault = await FaultAsync(() => engine.CreateAsync(new ContainerCall("x", "localhost/x"), Token));

        Assert.Equal((expected, "why"), (fault.ExitCode, fault.Detail));
    }

    [Fact]
    public async Task A_build_that_fails_shows_its_last_lines_and_the_engine_s_reason()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        fake.BuildSays = ["""{"stream":"STEP 2/2: RUN dnf install -y afterburn\n"}""", "{\"stream\":\"No match\\n\"}\n", """{"errorDetail":{"message":"exit status 1"},"error":"building at STEP \"RUN\": exit status 1"}"""];

        Fault fault = await FaultAsync(() => engine.BuildAsync(Build(), new Lines(), Token));

        Assert.Equal("IFC204", fault.Code);
        Assert.Equal("STEP 2/2: RUN dnf install -y afterburn\nNo match\nbuilding at STEP \"RUN\": exit status 1", fault.Detail);
    }

    [Fact]
    public async Task Messages_may_be_cut_anywhere_and_follow_each_other_without_line_ends()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        fake.Add("localhost/t:1", [], "sha256:b0");
        byte[] said = Encoding.UTF8.GetBytes("{\"stream\":\"eins zwei drei ä\\n\"}{\"stream\":\"vier\\nfünf\\n\"}\r\n\r\n{\"aux\":{\"ID\":\"sha256:b0\"}}\n");
        fake.Instead = async (context, path) =>
        {
            if (path != "/build")
                return false;
            await context.Request.Body.CopyToAsync(Stream.Null);
            foreach (byte one in said)
            {
                await context.Response.Body.WriteAsync(new[] { one });
                await context.Response.Body.FlushAsync();
            }

            return true;
        };
        Lines lines = new();

        string id = await engine.BuildAsync(Build(), lines, Token);

        Assert.Equal("sha256:b0", id);
        Assert.Equal(["eins zwei drei ä", "vier", "fünf"], lines.Said);
    }

    [Fact]
    public async Task An_export_that_breaks_off_is_a_fault_that_says_how_far_it_came()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        fake.Instead = async (context, path) =>
        {
            if (!path.EndsWith("/export", StringComparison.Ordinal))
                return false;
            await context.Response.Body.WriteAsync(new byte[100_000]);
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };
        using MemoryStream target = new();

        Fault fault = await FaultAsync(() => engine.ExportAsync("c", target, _ => { }, Token));

        Assert.Equal(("IFC202", ExitCode.TryAgain), (fault.Code, fault.ExitCode));
        Assert.Contains($"after {target.Length} bytes", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trouble_with_the_target_of_an_export_is_not_blamed_on_the_engine()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        fake.Add("localhost/x", new byte[10_000]);
        await engine.CreateAsync(new ContainerCall("c", "localhost/x"), Token);
        using MemoryStream full = new(new byte[10]);

        await Assert.ThrowsAsync<NotSupportedException>(() => engine.ExportAsync("c", full, _ => { }, Token));
    }

    [Fact]
    public async Task A_cancelled_build_ends_the_connection_and_is_no_fault()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        TaskCompletionSource building = new();
        TaskCompletionSource ended = new();
        fake.Instead = async (context, path) =>
        {
            if (path != "/build")
                return false;
            await context.Request.Body.CopyToAsync(Stream.Null);
            await context.Response.WriteAsync("""{"stream":"STEP 1\n"}""");
            await context.Response.Body.FlushAsync();
            context.RequestAborted.Register(ended.SetResult);
            building.SetResult();
            await ended.Task;
            return true;
        };
        using CancellationTokenSource stop = new();

        Task<string> build = engine.BuildAsync(Build(), new Lines(), stop.Token);
        await building.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => build);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(60), Token);
    }

    [Fact]
    public async Task A_context_that_cannot_be_read_is_our_fault_and_keeps_its_code()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        ImageBuildCall call = Build() with { Context = _ => throw new FactoryException(new Fault("IFA107", ExitCode.MissingInput, "gone")) };

        Fault fault = await FaultAsync(() => engine.BuildAsync(call, new Lines(), Token));

        Assert.Equal("IFA107", fault.Code);
    }

    [Fact]
    public async Task Arguments_secrets_and_credentials_go_where_the_engine_looks_for_them()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        ImageBuildCall call = Build() with
        {
            Target = "final",
            Arguments = new Dictionary<string, string> { ["CLOUD_PROVIDER"] = "azure & co" },
            Secrets = new Dictionary<string, string> { ["org"] = "podman-build-secretx" },
            Authorizations = "e30=",
        };

        await engine.BuildAsync(call, new Lines(), Token);

        string request = fake.Requests.Single(r => r.StartsWith("POST /build", StringComparison.Ordinal));
        Microsoft.AspNetCore.Http.QueryString query = new(request[request.IndexOf('?', StringComparison.Ordinal)..]);
        Dictionary<string, string> fields = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(query.Value).ToDictionary(f => f.Key, f => f.Value.ToString());
        Assert.Equal("""{"CLOUD_PROVIDER":"azure \u0026 co"}""", fields["buildargs"]);
        Assert.Equal("""["id=org,src=podman-build-secretx"]""", fields["secrets"]);
        Assert.Equal("final", fields["target"]);
        Assert.Contains(fake.Headers, h => h.GetValueOrDefault("X-Registry-Config") == "e30=");
    }

    [Fact]
    public async Task Docker_s_engine_is_asked_for_no_secrets()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        fake.Product = "Engine";
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);

        Fault fault = await FaultAsync(() => engine.BuildAsync(Build() with { Secrets = new Dictionary<string, string> { ["a"] = "b" } }, new Lines(), Token));

        Assert.Equal("IFC207", fault.Code);
        Assert.DoesNotContain(fake.Requests, r => r.StartsWith("POST /build", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pull_sends_its_credential_and_an_error_in_the_middle_of_it_is_told()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        fake.PullSays = ["""{"status":"Pulling fs layer","id":"abc"}""", """{"errorDetail":{"message":"unauthorized: who are you"},"error":"unauthorized: who are you"}"""];
        Lines lines = new();

        Fault fault = await FaultAsync(() => engine.PullAsync("quay.example/a/b:1", "abc=", lines, Token));

        Assert.Equal(("IFC203", "quay.example/a/b:1", "unauthorized: who are you"), (fault.Code, fault.Where, fault.Detail));
        Assert.Equal(["abc: Pulling fs layer"], lines.Said);
        Assert.Contains("POST /images/create?fromImage=quay.example%2Fa%2Fb&tag=1", fake.Requests);
        Assert.Contains(fake.Headers, h => h.GetValueOrDefault("X-Registry-Auth") == "abc=");
    }

    [Fact]
    public async Task A_container_is_made_with_its_mounts_and_its_exit_code_and_words_come_back()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        fake.Add("localhost/x", []);
        fake.Runs = _ => (3, "one\ntwo\r\nthree");
        Lines lines = new();

        await engine.CreateAsync(
            new ContainerCall("c", "localhost/x") { Command = ["a b"], Mounts = [new("/here", "/there", ReadOnly: true)], Privileged = true, SecurityOptions = ["label=disable"], Network = false }, Token);
        int code = await engine.RunAsync("c", lines, Token);

        Assert.Equal(3, code);
        Assert.Equal(["one", "two", "three"], lines.Said);
        JsonObject made = fake.Containers["c"];
        Assert.Equal("""["/here:/there:ro"]""", made["HostConfig"]!["Binds"]!.ToJsonString());
        Assert.Equal("none", made["HostConfig"]!["NetworkMode"]!.ToString());
        Assert.True(made["HostConfig"]!["Privileged"]!.GetValue<bool>());
        Assert.Equal("""["a b"]""", made["Cmd"]!.ToJsonString());
        await engine.RemoveContainerAsync("c", Token);
        await engine.RemoveContainerAsync("c", Token);
        Assert.Empty(fake.Containers);
    }

    [Fact]
    public async Task An_engine_that_follows_for_ever_is_asked_again_for_what_it_kept_back()
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        fake.Add("localhost/x", []);
        fake.Runs = _ => (4, "one\ntwo\n");
        fake.Instead = async (context, path) =>
        {
            if (!path.EndsWith("/logs", StringComparison.Ordinal) || context.Request.Query["follow"] != "true")
                return false;
            await context.Response.Body.WriteAsync(new byte[] { 1, 0, 0, 0, 0, 0, 0, 4 }.Concat("one\n"u8.ToArray()).ToArray());
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        Lines lines = new();
        await engine.CreateAsync(new ContainerCall("c", "localhost/x"), Token);

        Assert.Equal(4, await engine.RunAsync("c", lines, Token));
        Assert.Equal(["one", "two"], lines.Said);
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 0 })]
    [InlineData(new byte[] { 1, 0, 0, 0, 0, 0, 0, 9, 65 })]
    [InlineData(new byte[] { 60, 104, 116, 109, 108, 62, 60, 33 })]
    public async Task Words_of_a_container_that_are_cut_off_or_none_are_a_fault(byte[] said)
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        fake.Add("localhost/x", []);
        await engine.CreateAsync(new ContainerCall("c", "localhost/x"), Token);
        fake.Instead = async (context, path) =>
        {
            if (!path.EndsWith("/logs", StringComparison.Ordinal))
                return false;
            await context.Response.Body.WriteAsync(said);
            return true;
        };

        Fault fault = await FaultAsync(() => engine.RunAsync("c", new Lines(), Token));

        Assert.Contains(fault.Code, (string[])["IFC202", "IFC205"]);
    }

    [Theory]
    [InlineData("[1, 2]")]
    [InlineData("{\"stream\": ")]
    [InlineData("<html>")]
    public async Task Answers_that_are_no_messages_are_a_fault(string answer)
    {
        await using FakeEngine fake = await FakeEngine.StartAsync();
        using HttpContainerEngine engine = await HttpContainerEngine.ConnectAsync(fake.Socket, Token);
        fake.BuildSays = [];
        fake.Instead = async (context, path) =>
        {
            if (path != "/build")
                return false;
            await context.Request.Body.CopyToAsync(Stream.Null);
            await context.Response.WriteAsync(answer);
            return true;
        };

        Assert.Equal("IFC205", (await FaultAsync(() => engine.BuildAsync(Build(), new Lines(), Token))).Code);
    }

    [Fact]
    public async Task Nobody_at_a_socket_is_a_fault_that_names_it()
    {
        string socket = Path.Combine(Path.GetTempPath(), $"nobody-{Guid.NewGuid():N}.sock");

        Fault fault = await FaultAsync(() => HttpContainerEngine.ConnectAsync(socket, Token));

        Assert.Equal(("IFC103", socket), (fault.Code, fault.Where));
    }

    private static ImageBuildCall Build() => new()
    {
        Context = stream => stream.Write(new Payload.TarMaker().File("Containerfile", "FROM scratch\n").ToArray()),
        Containerfile = "Containerfile",
        Tag = "localhost/t:1",
    };

    private static async Task<Fault> FaultAsync(Func<Task> act) => (await Assert.ThrowsAsync<FactoryException>(act)).Faults.Single();

    private sealed class Lines : IEngineLog
    {
        public List<string> Said { get; } = [];

        public void Line(string text) => Said.Add(text);
    }
}
