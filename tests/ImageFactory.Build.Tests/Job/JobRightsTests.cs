using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ImageFactory.Cluster.Access;
using ImageFactory.Cluster.ConfigMaps;
using ImageFactory.Cluster.Events;
using ImageFactory.Cluster.Job;
using ImageFactory.Cluster.Transport;
using ImageFactory.Testing.Cluster;

namespace ImageFactory.Build.Tests.Job;

/// <summary>The Role has the rights that the cluster client asks for, and no others.</summary>
public sealed partial class JobRightsTests
{
    private const string User = "podvm-image-builder";

    [Fact]
    public async Task The_role_lets_the_client_do_all_it_does_and_nothing_that_it_does_not()
    {
        IReadOnlyList<Right> granted = RightsOf(Manifests.Read("base/role.yaml"));
        using X509Certificate2 certificate = Certificate();
        await using FakeApiServer server = await FakeApiServer.StartAsync(certificate);
        server.Tokens["token"] = User;
        server.Allow(User, Manifests.Space, [.. granted.Select(r => $"{r.Verb} {r.Group}/{r.Resource}").Distinct()]);
        server.SetConfigMap(Manifests.Space, "peer-pods-cm");
        server.SetConfigMap(Manifests.Space, "aws-podvm-image-cm");
        server.SetConfigMap(Manifests.Space, "kube-root-ca.crt");
        DirectoryInfo account = Directory.CreateTempSubdirectory("account-");
        File.WriteAllText(Path.Combine(account.FullName, "token"), "token");
        File.WriteAllText(Path.Combine(account.FullName, "namespace"), Manifests.Space);
        File.WriteAllText(Path.Combine(account.FullName, "ca.crt"), certificate.ExportCertificatePem());
        Dictionary<string, string> environment = new()
        {
            ["KUBERNETES_SERVICE_HOST"] = "127.0.0.1",
            ["KUBERNETES_SERVICE_PORT"] = server.Address.Port.ToString(CultureInfo.InvariantCulture),
        };
        try
        {
            using ClusterConnection connection = new(ClusterAccess.Find(null, environment, account.FullName), environment, inner => inner);
            ConfigMapClient maps = new(connection, TimeProvider.System);
            EventClient events = new(connection, new ObjectReference("batch/v1", "Job", Manifests.Space, "osc-podvm-image-creation"), "pod", TimeProvider.System);
            CancellationToken cancellation = TestContext.Current.CancellationToken;

            await maps.ChangeAsync("peer-pods-cm", _ => new ConfigMapChange { Annotations = new Dictionary<string, string?> { ["LATEST_AMI_ID"] = "ami-1" } }, cancellation);
            await maps.PutAsync("podvm-reference-values", "image-factory", new Dictionary<string, string> { ["a"] = "1" }, overwrite: false, cancellation);
            await maps.PutAsync("podvm-reference-values", "image-factory", new Dictionary<string, string> { ["a"] = "2" }, overwrite: false, cancellation);
            using JobCluster cluster = new(new ClusterConnection(ClusterAccess.Find(null, environment, account.FullName), environment, inner => inner), environment, TimeProvider.System);
            Assert.NotNull(await cluster.FindOwnerAsync(cancellation));
            Assert.Null(await cluster.KeepBucketAsync("podvm-bucket", cancellation));
            Assert.Null(await events.WriteAsync(new ClusterEvent("PodVMImageStarted", "Create", "begun"), cancellation));
            server.ServesNewEvents = false;
            EventClient old = new(connection, new ObjectReference("batch/v1", "Job", Manifests.Space, "osc-podvm-image-creation"), "pod", TimeProvider.System);
            Assert.Null(await old.WriteAsync(new ClusterEvent("PodVMImageCreated", "Create", "done"), cancellation));
        }
        finally
        {
            account.Delete(recursive: true);
        }

        Right[] asked = [.. server.Requests.Where(r => !r.EndsWith(" 404", StringComparison.Ordinal) || r.StartsWith("GET ", StringComparison.Ordinal)).Select(Right.Of).Distinct()];
        Assert.Equal(granted.Order(), asked.Order());
    }

    private static IReadOnlyList<Right> RightsOf(JsonObject role) =>
    [
        .. from rule in role["rules"]!.AsArray()
           from @group in rule["apiGroups"]!.AsArray()
           from resource in rule["resources"]!.AsArray()
           from verb in rule["verbs"]!.AsArray()
           from name in rule["resourceNames"]?.AsArray().Select(n => (string)n!) ?? [""]
           select new Right((string)verb!, (string)@group!, (string)resource!, name),
    ];

    private static X509Certificate2 Certificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=kubernetes", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    [GeneratedRegex("^(?<method>[A-Z]+) (?:/api/v1|/apis/(?<group>[^/]+)/v1)/namespaces/[^/]+/(?<resource>[a-z]+)(?:/(?<name>[^ ]+))? ")]
    private static partial Regex Request();

    /// <param name="Name">Of the one object; empty for all.</param>
    private sealed record Right(string Verb, string Group, string Resource, string Name) : IComparable<Right>
    {
        public static Right Of(string request)
        {
            Match match = Request().Match(request);
            string verb = match.Groups["method"].Value switch { "GET" => "get", "PATCH" => "patch", "POST" => "create", string other => other };
            return new Right(verb, match.Groups["group"].Value, match.Groups["resource"].Value, match.Groups["name"].Value);
        }

        public int CompareTo(Right? other) => string.CompareOrdinal(ToString(), other?.ToString());
    }
}
