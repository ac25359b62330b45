using System.Collections.Concurrent;

namespace ImageFactory.Publishing.Tests.Aws;

internal sealed record FakeSnapshot(string Region, string Id, long VolumeSize, string? Token, string Request, Dictionary<string, string> Tags)
{
    public ConcurrentDictionary<int, byte[]> Blocks { get; } = new();

    public string State { get; set; } = "pending";

    public bool Completing { get; set; }

    public bool Deleted { get; set; }

    public int HiddenFor { get; set; }

    public int PendingFor { get; set; }

    public DateTimeOffset Started { get; set; } = DateTimeOffset.UtcNow;
}

internal sealed record FakeImage(string Region, string Id, string Name, string Snapshot, Dictionary<string, string> Tags)
{
    public Dictionary<string, string> Request { get; init; } = [];

    public string? Token { get; init; }

    public string State { get; set; } = "pending";

    public int HiddenFor { get; set; }

    public int PendingFor { get; set; }

    public HashSet<string> Permissions { get; } = [];

    public DateTimeOffset? DeprecateAt { get; set; }
}
