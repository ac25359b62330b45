using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.Model;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ImageFactory.Cluster.Access;

/// <summary>
/// A developer's access (kubeconfig, <c>v1 Config</c>): current context, its cluster and its user with token, token file or client
/// certificate. Of several files the first that has a name wins, as kubectl has it. Programs that log in (<c>exec</c>, <c>auth-provider</c>)
/// are refused.
/// </summary>
public static class Kubeconfig
{
    /// <exception cref="FactoryException">IFK104: not readable. IFK105: nothing under a name. IFK106: a value is wrong. IFK107: another way to log in.</exception>
    public static ClusterAccess Load(IReadOnlyList<string> files)
    {
        List<(string File, YamlMappingNode Root)> documents = [.. files.Where(f => File.Exists(f) || files.Count == 1).Select(f => (f, Parse(f)))];
        string shown = string.Join(':', files);
        if (documents.Count == 0)
            throw new FactoryException(AccessFaults.BadKubeconfig(shown, "none of these files is there"));

        string context = documents.Select(d => Text(d.Root, "current-context")).FirstOrDefault(t => t is { Length: > 0 })
            ?? throw new FactoryException(AccessFaults.Missing(shown, "current-context"));
        (string contextFile, YamlMappingNode chosen) = Entry("contexts", "context", context);
        (string clusterFile, YamlMappingNode cluster) = Entry("clusters", "cluster", Required(chosen, "cluster", contextFile));
        string userName = Required(chosen, "user", contextFile);
        (string userFile, YamlMappingNode user) = Entry("users", "user", userName);
        return Access(context, Text(chosen, "namespace") ?? "default", clusterFile, cluster, userFile, userName, user);

        (string File, YamlMappingNode Node) Entry(string list, string kind, string name)
        {
            foreach ((string file, YamlMappingNode root) in documents)
            {
                if (Find(root, list) is not YamlSequenceNode entries)
                    continue;
                if (entries.OfType<YamlMappingNode>().FirstOrDefault(e => Text(e, "name") == name) is { } entry && Find(entry, kind) is YamlMappingNode node)
                    return (file, node);
            }

            throw new FactoryException(AccessFaults.Missing(shown, $"{kind} '{name}'"));
        }
    }

    private static ClusterAccess Access(
        string context, string name, string clusterFile, YamlMappingNode cluster, string userFile, string userName, YamlMappingNode user)
    {
        foreach (string way in (string[])["exec", "auth-provider", "username"])
        {
            if (Find(user, way) is not null)
                throw new FactoryException(AccessFaults.OtherLogin(userFile, userName, way));
        }

        string server = Required(cluster, "server", clusterFile);
        if (!Uri.TryCreate(server, UriKind.Absolute, out Uri? address) || address.Scheme is not ("https" or "http"))
            throw new FactoryException(AccessFaults.BadEntry(clusterFile, "server", $"'{server}' is no address"));
        return new ClusterAccess
        {
            Server = address,
            Namespace = name,
            Source = $"context {context} of {clusterFile}",
            Authorities = Authorities(clusterFile, cluster),
            ServerName = Text(cluster, "tls-server-name"),
            SkipsVerification = Text(cluster, "insecure-skip-tls-verify") == "true",
            Proxy = Text(cluster, "proxy-url") is { } proxy ? ProxyOf(clusterFile, proxy) : null,
            Token = TokenOf(userFile, user),
            ClientCertificate = ClientCertificate(userFile, user),
        };
    }

    private static X509Certificate2Collection Authorities(string file, YamlMappingNode cluster)
    {
        X509Certificate2Collection authorities = [];
        if (Content(file, cluster, "certificate-authority") is { } pem)
            Try(file, "certificate-authority", () => authorities.ImportFromPem(pem));
        return authorities;
    }

    private static Func<Secret>? TokenOf(string file, YamlMappingNode user)
    {
        if (Text(user, "token") is { Length: > 0 } token)
            return () => new Secret(token);
        return Text(user, "tokenFile") is { Length: > 0 } path ? () => TokenFile.Read(Beside(file, path)) : null;
    }

    private static X509Certificate2? ClientCertificate(string file, YamlMappingNode user)
    {
        if (Content(file, user, "client-certificate") is not { } certificate)
            return null;
        string key = Content(file, user, "client-key") ?? throw new FactoryException(AccessFaults.Missing(file, "client-key beside the client-certificate"));
        X509Certificate2? pair = null;
        Try(file, "client-certificate", () => pair = X509Certificate2.CreateFromPem(certificate, key));
        return pair;
    }

    private static Uri ProxyOf(string file, string proxy) =>
        Uri.TryCreate(proxy, UriKind.Absolute, out Uri? address) ? address : throw new FactoryException(AccessFaults.BadEntry(file, "proxy-url", $"'{proxy}' is no address"));

    /// <summary>What stands in the file as base64 under <c>KEY-data</c>, or in another file under <c>KEY</c>.</summary>
    private static string? Content(string file, YamlMappingNode node, string key)
    {
        string? content = null;
        if (Text(node, key + "-data") is { Length: > 0 } data)
            Try(file, key + "-data", () => content = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(data)));
        else if (Text(node, key) is { Length: > 0 } path)
            Try(file, key, () => content = File.ReadAllText(Beside(file, path)));
        return content;
    }

    private static void Try(string file, string key, Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or FormatException or ArgumentException)
        {
            throw new FactoryException(AccessFaults.BadEntry(file, key, e.Message), e);
        }
    }

    private static string Beside(string file, string path) => Path.GetFullPath(path, Path.GetDirectoryName(Path.GetFullPath(file))!);

    private static YamlMappingNode Parse(string file)
    {
        try
        {
            YamlStream stream = [];
            using StreamReader reader = new(file);
            stream.Load(reader);
            return stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode root
                ? root
                : throw new FactoryException(AccessFaults.BadKubeconfig(file, "it is not one mapping"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or YamlException)
        {
            throw new FactoryException(AccessFaults.BadKubeconfig(file, e.Message), e);
        }
    }

    private static YamlNode? Find(YamlMappingNode node, string key) => node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? found) ? found : null;

    private static string? Text(YamlMappingNode node, string key) => (Find(node, key) as YamlScalarNode)?.Value;

    private static string Required(YamlMappingNode node, string key, string file) =>
        Text(node, key) is { Length: > 0 } text ? text : throw new FactoryException(AccessFaults.Missing(file, key));
}
