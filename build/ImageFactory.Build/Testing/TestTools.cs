using ImageFactory.Assembly.Packages;
using ImageFactory.Build.Composition;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Graph;
using ImageFactory.Pipeline.Journal;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Running;
using ImageFactory.Pipeline.Storage;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Build.Testing;

/// <summary>
/// What tests compare with and no package manager of this host could install: programs of a newer release, and files that are built for s390x only.
/// They are unpacked into the store and nothing of the host changes.
/// </summary>
/// <remarks>
/// Tests find them by two variables: <see cref="ProgramsVariable"/> names a folder with programs,
/// <see cref="S390Variable"/> the root of the unpacked s390x packages.
/// </remarks>
internal sealed class TestTools(FactoryOptions options, IReporter reporter, TimeProvider time) : IDisposable
{
    public const string ProgramsVariable = "FACTORY_TEST_PROGRAMS";
    public const string S390Variable = "FACTORY_TEST_S390_TOOLS";

    /// <summary>
    /// cosign 3 has a policy engine for Rego; mkfs.erofs reads archives since 1.7, mke2fs since 1.47.1, where it finds libarchive. kubectl knows components of kustomize. The package of the registry, where it is installed, starts a
    /// service that everybody reaches.
    /// </summary>
    private static readonly PackageTree Tree = new("test-tools", "sid", "amd64", ["cosign", "docker-registry", "e2fsprogs", "erofs-utils", "kubectl", "libarchive13t64", "python3-flask", "python3-flask-cors", "python3-moto", "python3-spdx-tools", "qemu-system-s390x"]);

    private static readonly string[] Programs = ["cosign", "docker-registry", "dump.erofs", "fsck.erofs", "kubectl", "mkfs.erofs", "qemu-system-s390x"];

    /// <summary>Runs zipl. Linked statically, and one of some forty emulators in a package of half a gigabyte.</summary>
    private static readonly PackageTree Emulator = new("s390-emulator", "sid", "amd64", ["qemu-user"]) { WithDependencies = false, Only = [EmulatorPath] };

    /// <summary>A stand-in of AWS that others made, and the SPDX project's own validator.</summary>
    private static readonly string[] PythonScripts = ["moto_server", "pyspdxtools"];

    private const string EmulatorPath = "usr/bin/qemu-s390x";

    /// <summary>Holds the trees in the store as long as the tests run.</summary>
    private RunResult? held;

    /// <summary>The variables for the tests; none, and a warning, where the packages cannot be had.</summary>
    /// <param name="folder">For the programs; exists.</param>
    public async Task<IReadOnlyDictionary<string, string>> ProvideAsync(string folder, CancellationToken cancellation)
    {
        if (HostMirror.Find("/etc/apt").Main is not { } mirror)
        {
            reporter.Report(new Faulted(TestFaults.NoMirror()));
            return new Dictionary<string, string>();
        }

        PackageArchives archives = new(mirror, null, HostMirror.PublicKeyring);
        StageGraph graph = StageGraph.Create([.. new[] { PackageTree.S390Tools, Tree, Emulator }.SelectMany(t => t.StagesFrom(archives))]);
        Store store = Store.Open(new DirectoryInfo(options.Store), time);
        using RunJournal journal = RunJournal.Begin(store, reporter);
        ProgramRunner programs = new(ProgramEnvironment.From(options.Environment), reporter, time, journal);
        held = await new Scheduler(store, journal, programs, reporter, time)
            .RunAsync(graph, new RunOptions { Jobs = options.Jobs, Offline = options.Offline }, cancellation).ConfigureAwait(false);
        if (!held.Succeeded)
        {
            reporter.Report(new Faulted(TestFaults.NoTools(held.Faults.FirstOrDefault(f => f.Severity == Severity.Error))));
            return new Dictionary<string, string>();
        }

        Toolbox tools = new(held[Tree.Name].Output!);
        foreach (string program in Programs)
        {
            // QEMU looks for firmware where its package would have been installed, unless it is told.
            string[] arguments = program.StartsWith("qemu-", StringComparison.Ordinal) ? ["-L", tools.QemuData!] : [];
            await WriteStarterAsync(Path.Combine(folder, program), tools.Call(program, arguments), cancellation).ConfigureAwait(false);
        }

        // Beside the host's own, which still makes file systems of old forms.
        await WriteStarterAsync(Path.Combine(folder, "mke2fs-of-archives"), tools.Call("mke2fs", []), cancellation).ConfigureAwait(false);
        foreach (string script in PythonScripts)
            await WriteStarterAsync(Path.Combine(folder, script), PythonCall(tools, "usr/bin/" + script), cancellation).ConfigureAwait(false);
        File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(EmulatorPath)), Path.Combine(TreeOf(Emulator), EmulatorPath));
        return new Dictionary<string, string>
        {
            [ProgramsVariable] = folder,
            [S390Variable] = TreeOf(PackageTree.S390Tools),
        };

        string TreeOf(PackageTree tree) => Path.Combine(held[tree.Name].Output!.FullName, Toolbox.TreeFolder);
    }

    public void Dispose() => held?.Dispose();

    /// <summary>A script of the tree, by the tree's interpreter with the tree's modules.</summary>
    private static ProgramCall PythonCall(Toolbox tools, string script)
    {
        ProgramCall call = tools.Call("python3", [tools.PathOf(script)]);
        return call with
        {
            Environment = new Dictionary<string, string>(call.Environment)
            {
                ["PYTHONHOME"] = tools.PathOf("usr"),
                ["PYTHONPATH"] = tools.PathOf("usr/lib/python3/dist-packages"),
                ["PYTHONDONTWRITEBYTECODE"] = "1",
            },
        };
    }

    /// <summary>A program of a tree is started through the tree's own loader; tests get it under its own name.</summary>
    private static async Task WriteStarterAsync(string path, ProgramCall call, CancellationToken cancellation)
    {
        IEnumerable<string> variables = call.Environment.Select(v => $"export {v.Key}={ShellText.Quote(v.Value)}\n");
        string words = string.Join(' ', call.Arguments.Prepend(call.Program).Select(ShellText.Quote));
        await File.WriteAllTextAsync(path, $"#!/bin/sh\n{string.Concat(variables)}exec {words} \"$@\"\n", cancellation).ConfigureAwait(false);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
