namespace ImageFactory.Cluster.Events;

/// <summary>Something that a person finds with <c>kubectl get events</c>.</summary>
/// <param name="Reason">One word of ours, CamelCase, at most 128 characters.</param>
/// <param name="Action">What was done when it happened, CamelCase.</param>
/// <param name="Note">For people; cut to 1024 characters, which is all that the API takes.</param>
public sealed record ClusterEvent(string Reason, string Action, string Note)
{
    public bool IsWarning { get; init; }
}

/// <summary>The object that events are about.</summary>
public sealed record ObjectReference(string ApiVersion, string Kind, string Namespace, string Name);
