using System.Formats.Tar;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageFactory.Model;

namespace ImageFactory.Assembly.Bases.Bootc.Engine;

/// <summary>
/// The HTTP API that Docker's engine and podman's service speak (docs.docker.com/reference/api/engine), over a UNIX socket. The version in the
/// addresses is the one that the engine itself names, since newer ones refuse those that they call old.
/// </summary>
internal sealed class HttpContainerEngine : IContainerEngine
{
    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long a container that has ended may go on speaking.</summary>
    private static readonly TimeSpan FollowLimit = TimeSpan.FromSeconds(3);

    private static readonly MediaTypeHeaderValue Tar = new("application/x-tar");

    private readonly HttpClient client;
    private readonly string prefix;

    private HttpContainerEngine(HttpClient client, EngineVersion version)
    {
        this.client = client;
        Version = version;
        prefix = $"/v{version.Api}";
    }

    public EngineVersion Version { get; }

    /// <summary>Connects and asks who is there.</summary>
    /// <param name="socket">Path of the socket.</param>
    /// <exception cref="FactoryException">IFC103, IFC205.</exception>
    public static async Task<HttpContainerEngine> ConnectAsync(string socket, CancellationToken cancellation)
    {
        HttpClient client = new(new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) => await OpenAsync(socket, token).ConfigureAwait(false),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        })
        {
            BaseAddress = new Uri("http://engine"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(PingLimit);
        try
        {
            using HttpResponseMessage pong = await client.GetAsync(new Uri("/_ping", UriKind.Relative), limit.Token).ConfigureAwait(false);
            string said = await pong.Content.ReadAsStringAsync(limit.Token).ConfigureAwait(false);
            if (!pong.IsSuccessStatusCode)
                throw new FactoryException(EngineFaults.Refused("answer a ping", pong.StatusCode, MessageIn(said)).At(socket));
            if (!pong.Headers.TryGetValues("Api-Version", out IEnumerable<string>? versions) || versions.First() is not { Length: > 0 } api || !api.All(c => char.IsAsciiDigit(c) || c == '.'))
                throw new FactoryException(EngineFaults.Unreadable("answer a ping", "it names no version of its API").At(socket));

            // podman says it here already; to tell its version, it looks for the packages of all its programs.
            return new HttpContainerEngine(client, pong.Headers.TryGetValues("Libpod-Api-Version", out IEnumerable<string>? podman)
                ? new EngineVersion(EngineVersion.Podman, podman.First(), api)
                : await AskVersionAsync(client, api, limit.Token).ConfigureAwait(false));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            client.Dispose();
            throw new FactoryException(EngineFaults.Unreachable(socket, Innermost(e)), e);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            client.Dispose();
            throw new FactoryException(EngineFaults.Unreachable(socket, "it said nothing for 10 s"));
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    public async Task<EngineStorage> StorageAsync(CancellationToken cancellation)
    {
        const string Operation = "say where its storage is";
        using HttpRequestMessage request = Request(HttpMethod.Get, "/info");
        using HttpResponseMessage answer = await SendAsync(request, Operation, cancellation).ConfigureAwait(false);
        await RequireAsync(answer, Operation, cancellation).ConfigureAwait(false);
        JsonNode root = await ReadAsync(answer, Operation, cancellation).ConfigureAwait(false);
        bool rootless = (root["Rootless"] is JsonValue said && said.TryGetValue(out bool truth) && truth)
            || (root["SecurityOptions"] as JsonArray ?? []).Any(o => o?.ToString().Contains("rootless", StringComparison.Ordinal) == true);
        return new EngineStorage(TextIn(root, "DockerRootDir") ?? throw new FactoryException(EngineFaults.Unreadable(Operation, "there is no folder")), rootless);
    }

    public async Task PullAsync(string reference, string? authorization, IEngineLog log, CancellationToken cancellation)
    {
        // A tag goes into a parameter of its own; without one, Docker would bring all tags.
        (string name, string tag) = SplitTag(reference);
        using HttpRequestMessage request = Request(HttpMethod.Post, $"/images/create?fromImage={Escaped(name)}{(tag.Length == 0 ? "" : "&tag=" + Escaped(tag))}");
        if (authorization is not null)
            request.Headers.Add("X-Registry-Auth", authorization);
        string operation = $"pull {reference}";
        using HttpResponseMessage answer = await SendAsync(request, operation, cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
            throw new FactoryException(EngineFaults.PullFailed(reference, await SaidAsync(answer, cancellation).ConfigureAwait(false)));
        EngineMessage? failure = await FollowAsync(answer, operation, log, _ => { }, cancellation).ConfigureAwait(false);
        if (failure is not null)
            throw new FactoryException(EngineFaults.PullFailed(reference, failure.Error!));
    }

    public async Task<string> BuildAsync(ImageBuildCall call, IEngineLog log, CancellationToken cancellation)
    {
        if (call.Secrets.Count > 0 && !Version.IsPodman)
            throw new FactoryException(EngineFaults.SecretsUnsupported(Version));
        string query = $"dockerfile={Escaped(call.Containerfile)}&t={Escaped(call.Tag)}&rm=true&forcerm=true&buildargs={Escaped(JsonSerializer.Serialize(call.Arguments))}";
        if (call.Target is not null)
            query += "&target=" + Escaped(call.Target);
        if (call.Secrets.Count > 0)
            query += "&secrets=" + Escaped(JsonSerializer.Serialize(call.Secrets.Select(s => $"id={s.Key},src={s.Value}")));
        using HttpRequestMessage request = Request(HttpMethod.Post, "/build?" + query);
        using WrittenContent context = new(stream =>
        {
            call.Context(stream);
            return Task.CompletedTask;
        });
        request.Content = context;
        request.Content.Headers.ContentType = Tar;
        if (call.Authorizations is not null)
            request.Headers.Add("X-Registry-Config", call.Authorizations);

        string? id = null;
        using HttpResponseMessage answer = await SendAsync(request, "build an image", cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
            throw new FactoryException(EngineFaults.BuildFailed(call.Containerfile, await SaidAsync(answer, cancellation).ConfigureAwait(false), []));
        Queue<string> last = new();
        EngineMessage? failure = await FollowAsync(answer, "build an image", log, message =>
        {
            id = message.ImageId ?? id;
            if (message.Text?.TrimEnd() is not { Length: > 0 } line)
                return;
            last.Enqueue(line);
            if (last.Count > 15)
                last.Dequeue();
        }, cancellation).ConfigureAwait(false);
        if (failure is not null)
            throw new FactoryException(EngineFaults.BuildFailed(call.Containerfile, failure.Error!, last));

        // The tag is the caller's, and stands for what was just built.
        EngineImage built = await FindImageAsync(id ?? call.Tag, cancellation).ConfigureAwait(false)
            ?? throw new FactoryException(EngineFaults.Unreadable("build an image", "it ended without an image"));
        return built.Id;
    }

    public async Task<string> ImportAsync(string tar, string tag, CancellationToken cancellation)
    {
        // podman reads the tag only where the name has it.
        using HttpRequestMessage request = Request(HttpMethod.Post, $"/images/create?fromSrc=-&repo={Escaped(tag)}");
        await using FileStream source = File.OpenRead(tar);
        using StreamContent content = new(source, 1 << 20);
        request.Content = content;
        request.Content.Headers.ContentType = Tar;
        using HttpResponseMessage answer = await SendAsync(request, "import an image", cancellation).ConfigureAwait(false);
        await RequireAsync(answer, "import an image", cancellation).ConfigureAwait(false);
        EngineMessage? failure = await FollowAsync(answer, "import an image", new Silence(), _ => { }, cancellation).ConfigureAwait(false);
        if (failure is not null)
            throw new FactoryException(EngineFaults.Refused("import an image", HttpStatusCode.InternalServerError, failure.Error!));
        EngineImage found = await FindImageAsync(tag, cancellation).ConfigureAwait(false) ?? throw new FactoryException(EngineFaults.Unreadable("import an image", "the image is not there"));
        return found.Id;
    }

    public async Task LoadAsync(Func<Stream, Task> archive, IEngineLog log, CancellationToken cancellation)
    {
        using HttpRequestMessage request = Request(HttpMethod.Post, "/images/load?quiet=true");
        using WrittenContent content = new(archive);
        request.Content = content;
        request.Content.Headers.ContentType = Tar;
        using HttpResponseMessage answer = await SendAsync(request, "load an image", cancellation).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
            throw new FactoryException(EngineFaults.LoadFailed(Version, await SaidAsync(answer, cancellation).ConfigureAwait(false)));
        if (await FollowAsync(answer, "load an image", log, _ => { }, cancellation).ConfigureAwait(false) is { } failure)
            throw new FactoryException(EngineFaults.LoadFailed(Version, failure.Error!));
    }

    public Task SaveAsync(string image, Stream target, Action<long> progress, CancellationToken cancellation) =>
        DownloadAsync($"/images/{Escaped(image)}/get", $"save {image}", target, progress, cancellation);

    public async Task<EngineImage?> FindImageAsync(string name, CancellationToken cancellation)
    {
        using HttpRequestMessage request = Request(HttpMethod.Get, $"/images/{Escaped(name)}/json");
        using HttpResponseMessage answer = await SendAsync(request, $"find {name}", cancellation).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return null;
        await RequireAsync(answer, $"find {name}", cancellation).ConfigureAwait(false);
        JsonNode root = await ReadAsync(answer, $"find {name}", cancellation).ConfigureAwait(false);
        return new EngineImage(
            TextIn(root, "Id") is { Length: > 0 } id ? id : throw new FactoryException(EngineFaults.Unreadable($"find {name}", "it has no id")),
            TextIn(root, "Architecture") ?? "",
            (root["Config"]?["Labels"] as JsonObject)?.ToDictionary(l => l.Key, l => l.Value?.ToString() ?? "", StringComparer.Ordinal) ?? [],
            [.. (root["RepoDigests"] as JsonArray ?? []).Select(d => d?.ToString() ?? "")],
            root["Size"]?.GetValue<long>() ?? 0);
    }

    public async Task CreateAsync(ContainerCall call, CancellationToken cancellation)
    {
        JsonObject host = new()
        {
            ["Privileged"] = call.Privileged,
            ["Binds"] = Array(call.Mounts.Select(m => $"{m.Source}:{m.Target}{(m.ReadOnly ? ":ro" : "")}")),
            ["SecurityOpt"] = Array(call.SecurityOptions),
            ["CapDrop"] = Array(call.DroppedCapabilities),
        };
        if (!call.Network)
            host["NetworkMode"] = "none";
        JsonObject body = new()
        {
            ["Image"] = call.Image,
            ["Env"] = Array(call.Environment.Select(v => $"{v.Key}={v.Value}")),
            ["HostConfig"] = host,
        };
        if (call.Command is not null)
            body["Cmd"] = Array(call.Command);
        if (call.Entrypoint is not null)
            body["Entrypoint"] = Array(call.Entrypoint);
        using HttpRequestMessage request = Request(HttpMethod.Post, $"/containers/create?name={Escaped(call.Name)}");
        using StringContent content = new(body.ToJsonString(), new MediaTypeHeaderValue("application/json"));
        request.Content = content;
        using HttpResponseMessage answer = await SendAsync(request, "make a container", cancellation).ConfigureAwait(false);
        await RequireAsync(answer, $"make a container of {call.Image}", cancellation).ConfigureAwait(false);
    }

    public async Task<int> RunAsync(string container, IEngineLog log, CancellationToken cancellation)
    {
        using (HttpRequestMessage start = Request(HttpMethod.Post, $"/containers/{Escaped(container)}/start"))
        using (HttpResponseMessage started = await SendAsync(start, "start a container", cancellation).ConfigureAwait(false))
            await RequireAsync(started, "start a container", cancellation).ConfigureAwait(false);

        // What it says is followed while it runs. podman has been seen to follow a container for ever that ended too soon: then the rest is asked for once more.
        int said = 0;
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task following = SpeakAsync(container, follow: true, 0, enough.Token);
        int code = await WaitAsync(container, cancellation).ConfigureAwait(false);
        enough.CancelAfter(FollowLimit);
        try
        {
            await following.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            await SpeakAsync(container, follow: false, said, cancellation).ConfigureAwait(false);
        }

        return code;

        Task SpeakAsync(string name, bool follow, int skip, CancellationToken token) => LogsAsync(
            name,
            follow,
            line =>
            {
                if (skip-- > 0)
                    return;
                said++;
                log.Line(line);
            },
            token);
    }

    private async Task DownloadAsync(string address, string operation, Stream target, Action<long> progress, CancellationToken cancellation)
    {
        using HttpRequestMessage request = Request(HttpMethod.Get, address);
        using HttpResponseMessage answer = await SendAsync(request, operation, cancellation).ConfigureAwait(false);
        await RequireAsync(answer, operation, cancellation).ConfigureAwait(false);
        await CopyAsync(answer, operation, target, progress, cancellation).ConfigureAwait(false);
    }

    private async Task LogsAsync(string container, bool follow, Action<string> line, CancellationToken cancellation)
    {
        const string Operation = "show what a container says";
        using HttpRequestMessage logs = Request(HttpMethod.Get, $"/containers/{Escaped(container)}/logs?follow={(follow ? "true" : "false")}&stdout=true&stderr=true");
        using HttpResponseMessage answer = await SendAsync(logs, Operation, cancellation).ConfigureAwait(false);
        await RequireAsync(answer, Operation, cancellation).ConfigureAwait(false);
        await StreamAsync(answer, Operation, (stream, token) => ContainerOutput.ReadAsync(stream, line, token), cancellation).ConfigureAwait(false);
    }

    private async Task<int> WaitAsync(string container, CancellationToken cancellation)
    {
        using HttpRequestMessage wait = Request(HttpMethod.Post, $"/containers/{Escaped(container)}/wait");
        using HttpResponseMessage ended = await SendAsync(wait, "wait for a container", cancellation).ConfigureAwait(false);
        await RequireAsync(ended, "wait for a container", cancellation).ConfigureAwait(false);
        JsonNode root = await ReadAsync(ended, "wait for a container", cancellation).ConfigureAwait(false);
        return root["StatusCode"] is JsonValue code && code.TryGetValue(out int status) ? status : throw new FactoryException(EngineFaults.Unreadable("wait for a container", "there is no exit code"));
    }

    public async Task<string?> MountAsync(string container, CancellationToken cancellation)
    {
        if (!Version.IsPodman)
            return null;
        const string Operation = "mount a container's file system";
        using HttpRequestMessage request = Request(HttpMethod.Post, $"/libpod/containers/{Escaped(container)}/mount");
        using HttpResponseMessage answer = await SendAsync(request, Operation, cancellation).ConfigureAwait(false);

        // A podman that may not mount can export.
        if (!answer.IsSuccessStatusCode)
            return null;
        string folder = (await SaidAsync(answer, cancellation).ConfigureAwait(false)).Trim('"');
        return MountedHere.Has(folder) ? folder : null;
    }

    public Task ExportAsync(string container, Stream target, Action<long> progress, CancellationToken cancellation) =>
        DownloadAsync($"/containers/{Escaped(container)}/export", "export a container's file system", target, progress, cancellation);

    public async Task CopyOutAsync(string container, string path, Stream target, CancellationToken cancellation)
    {
        string operation = $"copy {path} out of a container";
        using HttpRequestMessage request = Request(HttpMethod.Get, $"/containers/{Escaped(container)}/archive?path={Escaped(path)}");
        using HttpResponseMessage answer = await SendAsync(request, operation, cancellation).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.NotFound)
            throw new FactoryException(EngineFaults.NotAFile(path, await SaidAsync(answer, cancellation).ConfigureAwait(false)));
        await RequireAsync(answer, operation, cancellation).ConfigureAwait(false);
        await StreamAsync(answer, operation, async (stream, token) =>
        {
            await using TarReader reader = new(stream);
            TarEntry? entry = await reader.GetNextEntryAsync(copyData: false, token).ConfigureAwait(false);
            if (entry?.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                throw new FactoryException(EngineFaults.NotAFile(path, "something else has that name"));
            if (entry.DataStream is { } data)
                await data.CopyToAsync(target, token).ConfigureAwait(false);
        }, cancellation).ConfigureAwait(false);
    }

    public Task RemoveContainerAsync(string container, CancellationToken cancellation) =>
        RemoveAsync($"/containers/{Escaped(container)}?force=true&v=true", "remove a container", cancellation);

    public Task RemoveImageAsync(string name, CancellationToken cancellation) => RemoveAsync($"/images/{Escaped(name)}", $"remove {name}", cancellation);

    public void Dispose() => client.Dispose();

    private static async Task<EngineVersion> AskVersionAsync(HttpClient client, string api, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await client.GetAsync(new Uri($"/v{api}/version", UriKind.Relative), cancellation).ConfigureAwait(false);
        await RequireAsync(answer, "say its version", cancellation).ConfigureAwait(false);
        JsonNode root = await ReadAsync(answer, "say its version", cancellation).ConfigureAwait(false);
        string name = (root["Components"] as JsonArray)?.Select(c => c is null ? null : TextIn(c, "Name")).FirstOrDefault(n => n is not null) ?? "Engine";
        return new EngineVersion(name, TextIn(root, "Version") ?? "unknown", api);
    }

    private static async Task<Stream> OpenAsync(string path, CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string address) => new(method, new Uri(prefix + address, UriKind.Relative));

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string operation, CancellationToken cancellation)
    {
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            cancellation.ThrowIfCancellationRequested();

            // What went wrong while a context was made is ours to tell, not the engine's.
            if (e.InnerException is FactoryException own)
                throw new FactoryException(own.Faults, own);
            throw new FactoryException(EngineFaults.BrokenOff(operation, 0, Innermost(e)), e);
        }
    }

    private static async Task RequireAsync(HttpResponseMessage answer, string operation, CancellationToken cancellation)
    {
        if (!answer.IsSuccessStatusCode)
            throw new FactoryException(EngineFaults.Refused(operation, answer.StatusCode, await SaidAsync(answer, cancellation).ConfigureAwait(false)));
    }

    private static async Task<string> SaidAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        try
        {
            byte[] buffer = new byte[64 << 10];
            await using Stream body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            int read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            return MessageIn(System.Text.Encoding.UTF8.GetString(buffer, 0, read));
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return $"(its message broke off: {Innermost(e)})";
        }
    }

    /// <summary>The engine's message in an error's body, which is JSON with a message, and for podman a cause; else the body itself.</summary>
    private static string MessageIn(string body)
    {
        try
        {
            if (JsonNode.Parse(body) is JsonObject error && TextIn(error, "message") is { Length: > 0 } message)
                return TextIn(error, "cause") is { Length: > 0 } cause && !message.Contains(cause, StringComparison.Ordinal) ? $"{message}: {cause}" : message;
        }
        catch (JsonException)
        {
            // A proxy's page, or text: shown as it is.
        }

        return body.Trim();
    }

    /// <returns>The message with an error, or null.</returns>
    private static async Task<EngineMessage?> FollowAsync(HttpResponseMessage answer, string operation, IEngineLog log, Action<EngineMessage> seen, CancellationToken cancellation)
    {
        EngineMessage? failure = null;
        await StreamAsync(answer, operation, async (stream, token) =>
        {
            await foreach (EngineMessage message in EngineMessage.ReadAsync(stream, token).ConfigureAwait(false))
            {
                seen(message);
                if (message.Error is not null)
                {
                    failure = message;
                    return;
                }

                foreach (string line in (message.Text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                    log.Line(line);
            }
        }, cancellation).ConfigureAwait(false);
        return failure;
    }

    private static async Task StreamAsync(HttpResponseMessage answer, string operation, Func<Stream, CancellationToken, Task> read, CancellationToken cancellation)
    {
        try
        {
            await using Stream stream = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            await read(stream, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            cancellation.ThrowIfCancellationRequested();
            throw new FactoryException(EngineFaults.BrokenOff(operation, 0, Innermost(e)), e);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new FactoryException(EngineFaults.Unreadable(operation, e.Message), e);
        }
    }

    /// <summary>Trouble with the target is not the engine's: it passes through.</summary>
    private static async Task CopyAsync(HttpResponseMessage answer, string operation, Stream target, Action<long> progress, CancellationToken cancellation)
    {
        byte[] buffer = new byte[1 << 20];
        long done = 0;
        await using Stream source = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        while (true)
        {
            int read;
            try
            {
                read = await source.ReadAsync(buffer, cancellation).ConfigureAwait(false);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                cancellation.ThrowIfCancellationRequested();
                throw new FactoryException(EngineFaults.BrokenOff(operation, done, Innermost(e)), e);
            }

            if (read == 0)
                return;
            await target.WriteAsync(buffer.AsMemory(0, read), cancellation).ConfigureAwait(false);
            done += read;
            progress(done);
        }
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage answer, string operation, CancellationToken cancellation)
    {
        JsonNode? root = null;
        await StreamAsync(answer, operation, async (stream, token) => root = await JsonNode.ParseAsync(stream, cancellationToken: token).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        return root as JsonObject ?? throw new FactoryException(EngineFaults.Unreadable(operation, "it is no JSON object"));
    }

    private async Task RemoveAsync(string address, string operation, CancellationToken cancellation)
    {
        using HttpRequestMessage request = Request(HttpMethod.Delete, address);
        using HttpResponseMessage answer = await SendAsync(request, operation, cancellation).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.NotFound)
            await RequireAsync(answer, operation, cancellation).ConfigureAwait(false);
    }

    private static string? TextIn(JsonNode node, string name) => node[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static JsonArray Array(IEnumerable<string> items) => [.. items.Select(i => (JsonNode)JsonValue.Create(i))];

    private static string Escaped(string text) => Uri.EscapeDataString(text);

    /// <summary>A colon after the last slash begins the tag; a digest has none.</summary>
    private static (string Name, string Tag) SplitTag(string reference)
    {
        int colon = reference.LastIndexOf(':');
        return reference.Contains('@', StringComparison.Ordinal) || colon <= reference.LastIndexOf('/') ? (reference, "") : (reference[..colon], reference[(colon + 1)..]);
    }

    private static string Innermost(Exception e)
    {
        Exception at = e;
        while (at.InnerException is { } inner)
            at = inner;
        return string.Create(CultureInfo.InvariantCulture, $"{at.Message}");
    }

    private sealed class Silence : IEngineLog
    {
        public void Line(string text)
        {
            // Progress of an import is of no use.
        }
    }
}
