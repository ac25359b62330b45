using System.Text;
using ImageFactory.Assembly.AgentPolicy.Api;
using ImageFactory.Model;

namespace ImageFactory.Assembly.AgentPolicy;

/// <summary>A policy without errors, ready to be put into an image.</summary>
public sealed record CheckedPolicy
{
    /// <summary>Where agents look for their policy.</summary>
    private const string Folder = "/etc/kata-opa";

    /// <summary>How a person calls it: a path, <c>preset coco</c>, or <c>agentPolicy.base64</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The file's name in the image.</summary>
    public required string FileName { get; init; }

    /// <summary>The bytes as given: they are measured, so nothing is added to them or taken away.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    public required PolicyInspection Inspection { get; init; }

    public string Text => Encoding.UTF8.GetString(Content.Span);

    public Sha256 Digest => Inspection.Digest;

    public KataRelease Kata => Inspection.Kata;

    public IReadOnlyList<PolicyRow> Rows => Inspection.Rows;

    /// <summary>None of them is an error.</summary>
    public IReadOnlyList<Fault> Warnings => Inspection.Faults;

    /// <summary>The file under its own name, and the name that the agent opens as a link to it.</summary>
    public IReadOnlyList<PolicyFile> Files =>
    [
        new PolicyContent($"{Folder}/{FileName}", Content),
        new PolicyLink($"{Folder}/default-policy.rego", FileName),
    ];
}
