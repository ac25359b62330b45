using System.Collections.Concurrent;
using System.Formats.Tar;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Assembly.Bases.Bootc.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ImageFactory.Assembly.Tests.Bases.Bootc;

/// <summary>
/// A container engine on a socket of its own that keeps images and containers, and refuses what an engine refuses: names it does not have, containers that were not
/// made, requests in another version of the API, bodies of other types. Failures are put in by the test.
/// </summary>
internal sealed class FakeEngine : IAsyncDisposable
{
    /// <summary>Names as they are written: engines begin them with capitals.</summary>
    private static readonly JsonSerializerOptions AsWritten = new();

    private readonly WebApplication application;
    private readonly string folder = Directory.CreateTempSubdirectory("fe").FullName;

    private FakeEngine()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(o =>
        {
            o.ListenUnixSocket(Socket);
            o.Limits.MaxRequestBodySize = null;
            o.AllowSynchronousIO = true;
        });
        application = builder.Build();
        application.Run(AnswerAsync);
    }

    public string Socket => Path.Combine(folder, "s.sock");

    /// <summary>What the engine calls itself; another word than Podman is Docker.</summary>
    public string Product { get; set; } = EngineVersion.Podman;

    public string ApiVersion { get; set; } = "1.41";

    public bool Rootless { get; set; }

    public string StorageFolder { get; set; } = "/var/lib/containers/storage";

    /// <summary>Images by name, each with its id and the file system of its containers.</summary>
    public ConcurrentDictionary<string, (string Id, byte[] Tar)> Images { get; } = new();

    /// <summary>Configurations of images that can be saved, by id.</summary>
    public ConcurrentDictionary<string, byte[]> Configurations { get; } = new();

    public ConcurrentDictionary<string, JsonObject> Containers { get; } = new();

    /// <summary>All requests, as <c>METHOD /path?query</c> without the version.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public ConcurrentQueue<Dictionary<string, string>> Headers { get; } = new();

    /// <summary>Names and contents of what the last build was given.</summary>
    public Dictionary<string, string> Context { get; private set; } = [];

    /// <summary>What the next build says, each a JSON object; the last one may be an error.</summary>
    public string[] BuildSays { get; set; } = ["""{"stream":"STEP 1/1: FROM scratch\n"}""", """{"aux":{"ID":"sha256:b0"}}"""];

    public string[] PullSays { get; set; } = ["""{"status":"Pulling fs layer","id":"abc"}""", """{"status":"Download complete"}"""];

    /// <summary>Called in place of an answer; true when it has answered.</summary>
    public Func<HttpContext, string, Task<bool>>? Instead { get; set; }

    /// <summary>How the program of a container ends, and what it leaves in the folders that are mounted.</summary>
    public Func<JsonObject, (int Code, string Said)> Runs { get; set; } = _ => (0, "");

    public static async Task<FakeEngine> StartAsync()
    {
        FakeEngine engine = new();
        await engine.application.StartAsync();
        return engine;
    }

    public void Add(string name, byte[] tar, string id = "sha256:aa") => Images[name] = Images[id] = (id, tar);

    /// <summary>An image with one layer and a configuration, whose digest is its id.</summary>
    /// <returns>The id.</returns>
    public string AddWhole(string name, byte[] tar)
    {
        byte[] configuration = FakeArchive.Configuration(tar);
        string id = FakeArchive.DigestOf(configuration);
        Configurations[id] = configuration;
        Add(name, tar, id);
        return id;
    }

    public async ValueTask DisposeAsync()
    {
        await application.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value!;
        string prefix = $"/v{ApiVersion}";
        context.Response.Headers["Api-Version"] = ApiVersion;
        if (path == "/_ping")
        {
            if (Product == EngineVersion.Podman)
                context.Response.Headers["Libpod-Api-Version"] = "9.9";
            if (Instead is null || !await Instead(context, path))
                await context.Response.WriteAsync("OK");
            return;
        }

        if (!path.StartsWith(prefix + "/", StringComparison.Ordinal))
        {
            await RefuseAsync(context, 400, $"client version is not {ApiVersion}");
            return;
        }

        path = path[prefix.Length..];
        Requests.Enqueue($"{context.Request.Method} {path}{context.Request.QueryString}");
        Headers.Enqueue(context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        if (Instead is not null && await Instead(context, path))
            return;
        Task answer = (context.Request.Method, path) switch
        {
            ("GET", "/version") => context.Response.WriteAsJsonAsync(new { Version = "9.9", Components = new[] { new { Name = Product } } }, AsWritten),
            ("GET", "/info") => context.Response.WriteAsJsonAsync(new { DockerRootDir = StorageFolder, Rootless }, AsWritten),
            ("POST", "/images/create") => CreateImageAsync(context),
            ("POST", "/images/load") => LoadAsync(context),
            ("POST", "/build") => BuildAsync(context),
            ("POST", "/containers/create") => CreateContainerAsync(context),
            ("GET", _) when path.StartsWith("/images/", StringComparison.Ordinal) && path.EndsWith("/get", StringComparison.Ordinal) => SaveAsync(context, path["/images/".Length..^"/get".Length]),
            ("GET", _) when path.StartsWith("/images/", StringComparison.Ordinal) => InspectAsync(context, Uri.UnescapeDataString(path["/images/".Length..^"/json".Length])),
            ("DELETE", _) when path.StartsWith("/images/", StringComparison.Ordinal) => RemoveAsync(context, Images.TryRemove(Uri.UnescapeDataString(path["/images/".Length..]), out (string, byte[]) _)),
            _ when path.StartsWith("/containers/", StringComparison.Ordinal) => ContainerAsync(context, path.Split('/')[2], path.Split('/').ElementAtOrDefault(3) ?? ""),
            _ => RefuseAsync(context, 404, "page not found"),
        };
        await answer;
    }

    public static async Task RefuseAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        await context.Response.WriteAsJsonAsync(new { message }, AsWritten);
    }

    private static async Task RemoveAsync(HttpContext context, bool removed)
    {
        if (removed)
            context.Response.StatusCode = 204;
        else
            await RefuseAsync(context, 404, "no such thing");
    }

    private async Task CreateImageAsync(HttpContext context)
    {
        if (context.Request.Query["fromSrc"] == "-")
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body);
            Add(context.Request.Query["repo"]!, body.ToArray(), "sha256:cc");
            await context.Response.WriteAsync("""{"status":"sha256:cc"}""");
            return;
        }

        string name = context.Request.Query["fromImage"]!;
        string? tag = context.Request.Query["tag"];
        string? error = null;
        foreach (string line in PullSays)
        {
            await context.Response.WriteAsync(line);
            error ??= JsonNode.Parse(line)!["error"]?.ToString();
        }

        if (error is null)
            Add(string.IsNullOrEmpty(tag) ? name : $"{name}:{tag}", new byte[1024], "sha256:dd");
    }

    private async Task BuildAsync(HttpContext context)
    {
        if (context.Request.ContentType != "application/x-tar")
        {
            await RefuseAsync(context, 400, "Content-Type is not application/x-tar");
            return;
        }

        Context = [];
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        body.Position = 0;
        await using TarReader reader = new(body);
        while (await reader.GetNextEntryAsync() is { } entry)
        {
            if (entry.DataStream is not null)
                Context[entry.Name] = await new StreamReader(entry.DataStream).ReadToEndAsync();
        }

        if (!Context.ContainsKey(context.Request.Query["dockerfile"].ToString()))
        {
            await RefuseAsync(context, 500, "Containerfile: no such file");
            return;
        }

        foreach (string line in BuildSays)
        {
            await context.Response.WriteAsync(line);
            if (JsonNode.Parse(line)!["aux"]?["ID"]?.ToString() is { } id)
                Add(context.Request.Query["t"]!, Images.GetValueOrDefault(id).Tar ?? Images.Values.FirstOrDefault().Tar ?? new byte[1024], id);
        }
    }

    private async Task InspectAsync(HttpContext context, string name)
    {
        string known = name.StartsWith("sha256:", StringComparison.Ordinal) || Images.ContainsKey(name) ? name : "sha256:" + name;
        if (Images.TryGetValue(known, out (string Id, byte[] Tar) image))
            await context.Response.WriteAsJsonAsync(new { image.Id, Architecture = "amd64", Config = new { Labels = new Dictionary<string, string> { ["containers.bootc"] = "1" } }, RepoDigests = Array.Empty<string>(), Size = 1234 }, AsWritten);
        else
            await RefuseAsync(context, 404, $"{name}: image not known");
    }

    private async Task LoadAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        try
        {
            (string id, byte[] configuration, byte[] tar) = await FakeArchive.ReadAsync(body.ToArray());
            Configurations[id] = configuration;
            Images[id] = (id, tar);
            await context.Response.WriteAsync($$"""{"stream":"Loaded image: {{id}}\n"}""");
        }
        catch (InvalidDataException e)
        {
            await RefuseAsync(context, 500, $"failed to load image: {e.Message}");
        }
    }

    private Task SaveAsync(HttpContext context, string name) =>
        !Images.TryGetValue(name, out (string Id, byte[] Tar) image) ? RefuseAsync(context, 404, $"{name}: image not known")
        : !Configurations.TryGetValue(image.Id, out byte[]? configuration) ? RefuseAsync(context, 500, "the image has no configuration")
        : context.Response.Body.WriteAsync(FakeArchive.Write(image.Id, configuration, image.Tar)).AsTask();

    private async Task CreateContainerAsync(HttpContext context)
    {
        JsonObject asked = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        if (!Images.ContainsKey(asked["Image"]!.ToString()))
        {
            await RefuseAsync(context, 404, $"{asked["Image"]}: image not known");
            return;
        }

        Containers[context.Request.Query["name"]!] = asked;
        context.Response.StatusCode = 201;
        await context.Response.WriteAsJsonAsync(new { Id = "c0", Warnings = Array.Empty<string>() }, AsWritten);
    }

    private async Task ContainerAsync(HttpContext context, string name, string verb)
    {
        if (context.Request.Method == "DELETE")
        {
            await RemoveAsync(context, Containers.TryRemove(name, out _));
            return;
        }

        if (!Containers.TryGetValue(name, out JsonObject? container))
        {
            await RefuseAsync(context, 404, $"no container with name {name}");
            return;
        }

        switch (verb)
        {
            case "start":
                (int code, string said) = Runs(container);
                container["code"] = code;
                container["said"] = said;
                context.Response.StatusCode = 204;
                break;
            case "logs":
                byte[] text = System.Text.Encoding.UTF8.GetBytes(container["said"]!.ToString());
                await context.Response.Body.WriteAsync(new byte[] { 1, 0, 0, 0, 0, 0, (byte)(text.Length >> 8), (byte)text.Length }.Concat(text).ToArray());
                break;
            case "wait":
                await context.Response.WriteAsJsonAsync(new { StatusCode = container["code"]!.GetValue<int>() }, AsWritten);
                break;
            case "export":
                await context.Response.Body.WriteAsync(Images[container["Image"]!.ToString()].Tar);
                break;
            case "archive":
                await using (TarWriter writer = new(context.Response.Body, leaveOpen: true))
                    await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "file") { DataStream = new MemoryStream("content"u8.ToArray()) });
                break;
            default:
                await RefuseAsync(context, 404, "page not found");
                break;
        }
    }
}
