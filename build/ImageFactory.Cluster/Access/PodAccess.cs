using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ImageFactory.Model;

namespace ImageFactory.Cluster.Access;

/// <summary>The access that every pod has: address from the environment, token, authority and namespace from the service account's files.</summary>
public static class PodAccess
{
    public const string Folder = "/var/run/secrets/kubernetes.io/serviceaccount";

    private const string Host = "KUBERNETES_SERVICE_HOST";
    private const string Port = "KUBERNETES_SERVICE_PORT";

    public static bool IsInPod(IReadOnlyDictionary<string, string> environment) => environment.GetValueOrDefault(Host) is { Length: > 0 };

    /// <exception cref="FactoryException">IFK102: the address is none. IFK103: a file is missing or wrong; all of them at once.</exception>
    public static ClusterAccess Load(IReadOnlyDictionary<string, string> environment, string folder)
    {
        List<Fault> faults = [];
        string host = environment[Host];
        string port = environment.GetValueOrDefault(Port) is { Length: > 0 } given ? given : "443";
        string address = string.Create(CultureInfo.InvariantCulture, $"https://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? server))
            faults.Add(AccessFaults.BadAddress($"{Host}={host}, {Port}={port}"));

        X509Certificate2Collection authorities = [];
        string name = Read("namespace", faults).Trim();
        Read("token", faults);
        string authority = Path.Combine(folder, "ca.crt");
        try
        {
            authorities.ImportFromPemFile(authority);
            if (authorities.Count == 0)
                faults.Add(AccessFaults.BadFile(authority, "there is no certificate in it"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            faults.Add(AccessFaults.BadFile(authority, e.Message));
        }

        FactoryException.ThrowIfAny(faults);
        return new ClusterAccess
        {
            Server = server!,
            Namespace = name,
            Source = $"service account of the pod ({folder})",
            Authorities = authorities,
            Token = () => TokenFile.Read(Path.Combine(folder, "token")),
        };

        string Read(string file, List<Fault> found)
        {
            string path = Path.Combine(folder, file);
            try
            {
                string text = File.ReadAllText(path);
                if (string.IsNullOrWhiteSpace(text))
                    found.Add(AccessFaults.BadFile(path, "it is empty"));
                return text;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                found.Add(AccessFaults.BadFile(path, e.Message));
                return "";
            }
        }
    }
}
