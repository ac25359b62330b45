using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ImageFactory.Model;

namespace ImageFactory.Registry.References;

/// <summary>
/// The name of an image in a registry: <c>HOST[:PORT]/REPOSITORY[:TAG][@DIGEST]</c>, with the grammar of the distribution project.
/// Names without a host are refused: what they mean differs from machine to machine. <c>docker.io/name</c> is <c>docker.io/library/name</c>.
/// </summary>
public sealed record ImageReference
{
    private const int MaxNameLength = 255;
    private const int MaxTagLength = 128;
    private const string DockerHub = "docker.io";

    private ImageReference(string host, string repository, string? tag, ContentDigest? digest)
    {
        Host = host;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Host and, where it was given, port; an IPv6 address in brackets.</summary>
    public string Host { get; }

    /// <summary>The name inside the registry, with slashes.</summary>
    public string Repository { get; }

    public string? Tag { get; }

    public ContentDigest? Digest { get; }

    /// <summary>Host and repository.</summary>
    public string Name => $"{Host}/{Repository}";

    /// <summary>What is asked of the registry: the digest where there is one, else the tag, else <c>latest</c>.</summary>
    public string Wanted => Digest?.ToString() ?? Tag ?? "latest";

    /// <summary>Names the same content for ever.</summary>
    public ImageReference At(ContentDigest digest) => new(Host, Repository, Tag, digest);

    /// <summary>The same image elsewhere, for mirrors.</summary>
    /// <exception cref="FactoryException">IFO101: the new name is none.</exception>
    public ImageReference WithName(string name) => Parse(name + (Tag is null ? "" : ":" + Tag) + (Digest is null ? "" : "@" + Digest));

    /// <exception cref="FactoryException">IFO101: it is no reference; IFO102: it has no host.</exception>
    public static ImageReference Parse(string text) =>
        TryParse(text, out ImageReference? reference, out Fault? fault) ? reference! : throw new FactoryException(fault!);

    public static bool TryParse(string text, out ImageReference? reference, out Fault? fault)
    {
        reference = null;
        fault = Read(text, ref reference);
        return fault is null;
    }

    public override string ToString() => Name + (Tag is null ? "" : ":" + Tag) + (Digest is null ? "" : "@" + Digest);

    private static Fault? Read(string text, ref ImageReference? reference)
    {
        string rest = text;
        ContentDigest? digest = null;
        int at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            if (!ContentDigest.TryParse(rest[(at + 1)..], out ContentDigest found))
                return ReferenceFaults.Invalid(text, $"'{rest[(at + 1)..]}' is no digest");
            digest = found;
            rest = rest[..at];
        }

        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string host = slash < 0 ? "" : rest[..slash];
        if (!LooksLikeHost(host))
            return rest.Contains("::", StringComparison.Ordinal) ? ReferenceFaults.Invalid(text, "'::' belongs to PODVM_IMAGE_URI") : ReferenceFaults.NoHost(text);
        if (HostProblem(host) is { } hostProblem)
            return ReferenceFaults.Invalid(text, hostProblem);

        string repository = rest[(slash + 1)..];
        string? tag = null;
        int colon = repository.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            tag = repository[(colon + 1)..];
            repository = repository[..colon];
            if (!IsTag(tag))
                return ReferenceFaults.Invalid(text, $"'{tag}' is no tag");
        }

        if (RepositoryProblem(repository) is { } problem)
            return ReferenceFaults.Invalid(text, problem);
        if (host is "index.docker.io" or "registry-1.docker.io")
            host = DockerHub;
        if (host == DockerHub && !repository.Contains('/', StringComparison.Ordinal))
            repository = "library/" + repository;
        if (host.Length + repository.Length + 1 > MaxNameLength)
            return ReferenceFaults.Invalid(text, $"the name is longer than {MaxNameLength} characters");
        reference = new ImageReference(host, repository, tag, digest);
        return null;
    }

    /// <summary>The first part is a host when it has a dot, a port or an upper-case letter, or is localhost: else it is a part of the name.</summary>
    private static bool LooksLikeHost(string part) =>
        part == "localhost" || part.AsSpan().IndexOfAny('.', ':', '[') >= 0 || part.Any(char.IsAsciiLetterUpper);

    private static string? HostProblem(string host)
    {
        string name = host;
        int portAt = host.StartsWith('[') ? host.IndexOf("]:", StringComparison.Ordinal) + 1 : host.IndexOf(':', StringComparison.Ordinal);
        if (portAt > 0)
        {
            name = host[..portAt];
            string port = host[(portAt + 1)..];
            if (port.Length > 5 || !int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is 0 or > 65535)
                return $"'{port}' is no port";
        }

        if (name.StartsWith('['))
        {
            return name.EndsWith(']') && IPAddress.TryParse(name[1..^1], out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetworkV6
                ? null
                : $"'{name}' is no IPv6 address";
        }

        return name.Split('.').All(IsLabel) ? null : $"'{name}' is no host name";
    }

    private static bool IsLabel(string label) =>
        label.Length > 0 && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && label[0] != '-' && label[^1] != '-';

    private static bool IsTag(string tag) =>
        tag.Length is > 0 and <= MaxTagLength && (char.IsAsciiLetterOrDigit(tag[0]) || tag[0] == '_') && tag.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    private static string? RepositoryProblem(string repository)
    {
        if (repository.Length == 0)
            return "there is no repository after the host";
        foreach (string part in repository.Split('/'))
        {
            if (part.Length == 0)
                return "there is an empty part between slashes";
            if (part.Any(char.IsAsciiLetterUpper))
                return $"'{part}' has upper-case letters, which no repository has";
            if (!IsPart(part))
                return $"'{part}' is no part of a repository's name";
        }

        return null;
    }

    /// <summary>Letters and digits, joined by one dot, one or two underscores or any number of dashes.</summary>
    private static bool IsPart(string part)
    {
        int i = 0;
        while (true)
        {
            int start = i;
            while (i < part.Length && (char.IsAsciiLetterLower(part[i]) || char.IsAsciiDigit(part[i])))
                i++;
            if (i == start)
                return false;
            if (i == part.Length)
                return true;
            int separator = i;
            while (i < part.Length && part[i] == part[separator])
                i++;
            int count = i - separator;
            int most = part[separator] switch { '.' => 1, '_' => 2, '-' => int.MaxValue, _ => 0 };
            if (count == 0 || count > most)
                return false;
        }
    }
}
