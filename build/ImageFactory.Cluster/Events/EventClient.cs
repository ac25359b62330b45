using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using ImageFactory.Cluster.Transport;
using ImageFactory.Model;

namespace ImageFactory.Cluster.Events;

/// <summary>
/// Writes Events: <c>events.k8s.io/v1</c>, or <c>v1</c> where the former is not served or not allowed. An event that cannot be written is
/// told and ends nothing.
/// </summary>
/// <param name="about">The object that all events are about.</param>
/// <param name="instance">Who reports: the name of the pod.</param>
public sealed class EventClient(ClusterConnection connection, ObjectReference about, string instance, TimeProvider time)
{
    private const string Controller = "image-factory";
    private const string Resource = "events";
    private const int LongestNote = 1024;

    private bool isOld;

    /// <returns>Why it could not be written, as a warning; null when it was.</returns>
    public async Task<Fault?> WriteAsync(ClusterEvent one, CancellationToken cancellation)
    {
        try
        {
            return await SendAsync(one, cancellation).ConfigureAwait(false) is { } answer
                ? ApiFaults.Refused(Request, answer).AsWarning()
                : null;
        }
        catch (FactoryException e)
        {
            return e.Faults[0].AsWarning();
        }
    }

    private ApiRequest Request => new("create", Resource, about.Namespace, null);

    /// <returns>The answer, unless the event was written.</returns>
    private async Task<ApiAnswer?> SendAsync(ClusterEvent one, CancellationToken cancellation)
    {
        if (!isOld)
        {
            ApiAnswer? refused = await TryNewAsync(one, cancellation).ConfigureAwait(false);
            if (!isOld)
                return refused;
        }

        return await PostAsync("/api/v1", Old(one), cancellation).ConfigureAwait(false);
    }

    private async Task<ApiAnswer?> TryNewAsync(ClusterEvent one, CancellationToken cancellation)
    {
        try
        {
            ApiAnswer? refused = await PostAsync("/apis/events.k8s.io/v1", New(one), cancellation).ConfigureAwait(false);
            isOld = refused?.Status == HttpStatusCode.NotFound;
            return refused;
        }
        catch (FactoryException e) when (e.Faults[0].Code == "IFK202")
        {
            isOld = true;
            return null;
        }
    }

    private async Task<ApiAnswer?> PostAsync(string group, JsonObject body, CancellationToken cancellation)
    {
        string path = $"{group}/namespaces/{Uri.EscapeDataString(about.Namespace)}/{Resource}";
        ApiAnswer answer = await connection.SendAsync(HttpMethod.Post, path, Request, body, "application/json", cancellation).ConfigureAwait(false);
        return answer.Status == HttpStatusCode.Created ? null : answer;
    }

    private JsonObject New(ClusterEvent one) => new()
    {
        ["apiVersion"] = "events.k8s.io/v1",
        ["kind"] = "Event",
        ["metadata"] = Metadata(),
        ["eventTime"] = Now("ffffff"),
        ["regarding"] = Reference(),
        ["type"] = TypeOf(one),
        ["reason"] = one.Reason,
        ["action"] = one.Action,
        ["note"] = NoteOf(one),
        ["reportingController"] = Controller,
        ["reportingInstance"] = instance,
    };

    private JsonObject Old(ClusterEvent one) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Event",
        ["metadata"] = Metadata(),
        ["involvedObject"] = Reference(),
        ["type"] = TypeOf(one),
        ["reason"] = one.Reason,
        ["message"] = NoteOf(one),
        ["firstTimestamp"] = Now(null),
        ["lastTimestamp"] = Now(null),
        ["count"] = 1,
        ["source"] = new JsonObject { ["component"] = Controller },
    };

    private JsonObject Metadata() => new() { ["generateName"] = $"{about.Name}-", ["namespace"] = about.Namespace };

    private JsonObject Reference() => new() { ["apiVersion"] = about.ApiVersion, ["kind"] = about.Kind, ["namespace"] = about.Namespace, ["name"] = about.Name };

    private string Now(string? fraction) =>
        time.GetUtcNow().UtcDateTime.ToString($"yyyy-MM-dd'T'HH:mm:ss{(fraction is null ? "" : "." + fraction)}'Z'", CultureInfo.InvariantCulture);

    private static string TypeOf(ClusterEvent one) => one.IsWarning ? "Warning" : "Normal";

    private static string NoteOf(ClusterEvent one) => one.Note.Length <= LongestNote ? one.Note : one.Note[..(LongestNote - 1)] + "…";
}
