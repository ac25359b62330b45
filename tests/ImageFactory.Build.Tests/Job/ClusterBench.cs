using System.Globalization;
using ImageFactory.Build.Hosting;
using ImageFactory.Build.Terminal;
using ImageFactory.Build.Tests.Support;
using ImageFactory.Model;
using ImageFactory.Publishing.Tests.Support;
using ImageFactory.Testing.Cluster;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Build.Tests.Job;

/// <summary>A pod in a cluster with a cloud beside it: the host runs in this process, and what it said stays.</summary>
internal abstract class ClusterBench(FakeApiServer cluster, IJobCloud cloud, TestAuthority authority) : IAsyncDisposable
{
    protected TemporaryFolder Place { get; } = new();

    protected TestAuthority Authority => authority;

    public FakeApiServer Cluster => cluster;

    public IJobCloud Cloud => cloud;

    public string Folder => Place.Path;

    /// <summary>Beside those of the cloud.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    public Model.Architecture Machine { get; set; } = Model.Architecture.X64;

    public string Output { get; private set; } = "";

    public string Errors { get; private set; } = "";

    /// <summary>As <c>kubectl describe pod</c> shows it.</summary>
    public string Termination => File.ReadAllText(Path.Combine(Folder, "termination"));

    /// <summary>The run that is under way, for a signal to it.</summary>
    public Shutdown? Running { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        await cloud.DisposeAsync();
        authority.Dispose();
        Place.Dispose();
    }

    /// <summary>An account that may do this much, with its kubeconfig in the folder.</summary>
    protected void Admit(string user, params string[] rights)
    {
        cluster.Tokens["token"] = user;
        cluster.Allow(user, Manifests.Space, rights);
        cluster.WriteKubeconfig(Folder, authority.Root, Manifests.Space);
    }

    /// <summary>One run of the host with these words.</summary>
    protected async Task<ExitCode> RunHostAsync(IReadOnlyList<string> words)
    {
        Dictionary<string, string> environment = new(cloud.Variables)
        {
            ["KUBECONFIG"] = Path.Combine(Folder, "kubeconfig"),
            ["TERMINATION_MESSAGE_PATH"] = Path.Combine(Folder, "termination"),
            ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
            ["HOME"] = Folder,
        };
        foreach ((string name, string value) in Variables)
            environment[name] = value;
        using StringWriter output = new(CultureInfo.InvariantCulture);
        using StringWriter errors = new(CultureInfo.InvariantCulture);
        using Shutdown shutdown = new();
        Running = shutdown;
        HostEnvironment host = new() { Variables = environment, CurrentFolder = Folder, Root = Approved.Root, IsRoot = Environment.IsPrivilegedProcess, Processors = 2, Transport = cloud.Transport, Machine = Machine };
        ExitCode code = await new FactoryHost(host, new HostConsole(output, errors), new FastTime(), shutdown).RunAsync(words);
        (Output, Errors, Running) = (output.ToString(), errors.ToString(), null);
        return code;
    }
}
