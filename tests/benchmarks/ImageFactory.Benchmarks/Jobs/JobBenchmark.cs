using System.Diagnostics;
using System.Globalization;
using ImageFactory.Publishing.Tests.Aws;
using ImageFactory.Testing.Cluster;
using ImageFactory.Testing.Registry;

namespace ImageFactory.Benchmarks.Jobs;

/// <summary>
/// <c>job HOST.dll|IMAGE</c>: the Job against a cluster and AWS on loopback: how long until the first fault of its variables is told, how long the way of an
/// image that is there takes, and the memory of a run that only publishes a finished disk of 2 GiB with 256 MiB of data.
/// With the name of a container image, podman runs each as the manifests do, and its own time for a container that does nothing is told beside.
/// </summary>
internal static class JobBenchmark
{
    private const int Runs = 7;
    private const string Space = "openshift-sandboxed-containers-operator";

    public static async Task RunAsync(string target)
    {
        string folder = Directory.CreateTempSubdirectory("job-benchmark-").FullName;
        try
        {
            using TestAuthority authority = new();
            await using FakeApiServer cluster = await FakeApiServer.StartAsync(authority.Server);
            await using AwsFake aws = await AwsFake.StartAsync();
            cluster.Tokens["token"] = "builder";
            cluster.Allow("builder", Space, "get /configmaps", "patch /configmaps", "create /configmaps", "create events.k8s.io/events");
            cluster.SetConfigMap(Space, "peer-pods-cm");
            cluster.SetConfigMap(Space, "kube-root-ca.crt");
            File.WriteAllText(Path.Combine(folder, "ca.crt"), authority.Root.ExportCertificatePem());
            File.WriteAllText(Path.Combine(folder, "kubeconfig"), string.Create(CultureInfo.InvariantCulture, $$"""
                current-context: c
                contexts: [{ name: c, context: { cluster: k, user: u, namespace: {{Space}} } }]
                clusters: [{ name: k, cluster: { server: "https://127.0.0.1:{{cluster.Address.Port}}", certificate-authority: ca.crt } }]
                users: [{ name: u, user: { token: token } }]
                """));
            File.WriteAllText(Path.Combine(folder, "job.yaml"), "name: podvm-image\nbase: { kind: qcow2, path: disk.raw, asIs: true }\n");
            WriteDisk(Path.Combine(folder, "disk.raw"));
            Dictionary<string, string> variables = new()
            {
                ["KUBECONFIG"] = Path.Combine(folder, "kubeconfig"),
                ["CLOUD_PROVIDER"] = "aws",
                ["AWS_REGION"] = "eu-central-1",
                ["AWS_ACCESS_KEY_ID"] = AwsFake.KeyId,
                ["AWS_SECRET_ACCESS_KEY"] = AwsFake.SecretKey,
                ["AWS_ENDPOINT_URL"] = aws.Address,
                ["UPDATE_PEERPODS_CM"] = "yes",
            };

            bool container = !target.EndsWith(".dll", StringComparison.Ordinal);
            if (container)
                OpenToTheContainersUser(folder);
            Task<(double First, double Whole, long MebibytesAtMost)> Run(Dictionary<string, string> variables, int expected) =>
                TimeAsync(container ? [.. InContainer(target, folder, variables), .. Create(folder)] : ["dotnet", Path.GetFullPath(target), .. Create(folder)[1..]], folder, variables, expected);

            (_, double whole, long memory) = await Run(variables, 0);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"publish a finished disk: {whole:0.00} s{(container ? "" : $", {memory} MiB")}"));
            List<double> skips = [];
            List<double> words = [];
            List<double> nothing = [];
            for (int run = 0; run < Runs; run++)
            {
                skips.Add((await Run(variables, 0)).Whole);
                words.Add((await Run(new(variables) { ["CLOUD_PROVIDER"] = "" }, 65)).First);
                if (container)
                    nothing.Add((await TimeAsync([.. InContainer(target, folder, variables), "true"], folder, variables, 0)).Whole);
            }

            if (container)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"podman, for a container that does nothing: median {Median(nothing):0.00} s, which is in the following"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"first fault of the variables: median {Median(words):0.00} s, at most {words.Max():0.00} s"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"image is there: median {Median(skips):0.00} s, at most {skips.Max():0.00} s"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string[] Create(string folder) =>
        ["image-factory", "job", "create", "--recipe", "job.yaml", "--store", Path.Combine(folder, "store"), "--output", Path.Combine(folder, "out")];

    private static IEnumerable<string> InContainer(string image, string folder, Dictionary<string, string> variables) =>
    [
        "podman", "run", "--rm", "--network", "host", "--read-only", "--read-only-tmpfs=false", "--user", "1001:0", "--cap-drop", "all", "--security-opt", "no-new-privileges",
        "--volume", $"{folder}:{folder}", "--workdir", folder,
        .. variables.SelectMany(v => (string[])["--env", $"{v.Key}={v.Value}"]),
        image,
    ];

    private static void OpenToTheContainersUser(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
            File.SetUnixFileMode(file, (UnixFileMode)0b110_100_100);
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
    }

    private static async Task<(double First, double Whole, long MebibytesAtMost)> TimeAsync(
        IReadOnlyList<string> command,
        string folder,
        Dictionary<string, string> variables,
        int expected)
    {
        ProcessStartInfo start = new(command[0], command.Skip(1))
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        Stopwatch watch = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        double first = 0;
        List<string> errors = [];
        Task reading = Task.Run(async () =>
        {
            while (await process.StandardError.ReadLineAsync() is { } line)
            {
                if (first == 0 && line.Contains("IFK", StringComparison.Ordinal))
                    first = watch.Elapsed.TotalSeconds;
                errors.Add(line);
            }
        });
        long peak = 0;
        while (!process.HasExited)
        {
            peak = Math.Max(peak, PeakOf(process.Id));
            await Task.Delay(10);
        }

        double whole = watch.Elapsed.TotalSeconds;
        await reading;
        return process.ExitCode == expected ? (first, whole, peak >> 10) : throw new InvalidOperationException($"ended with {process.ExitCode}\n{await output}\n{string.Join('\n', errors)}");
    }

    /// <returns>KiB; 0 when the process has just ended.</returns>
    private static long PeakOf(int process)
    {
        try
        {
            string line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith("VmHWM", StringComparison.Ordinal)) ?? "0 0 0";
            return long.TryParse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture, out long peak) ? peak : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static void WriteDisk(string path)
    {
        using FileStream file = File.Create(path);
        file.SetLength(2L << 30);
        byte[] block = new byte[1 << 20];
        Random random = new(1);
        for (int i = 0; i < 256; i++)
        {
            random.NextBytes(block);
            file.Write(block);
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
