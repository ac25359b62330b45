using System.Text;
using System.Text.RegularExpressions;
using ImageFactory.Build.Composition;
using ImageFactory.Build.Reporting;
using ImageFactory.Model;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Build.Doctor;

/// <summary>Says what the machine lacks, and as root helps it.</summary>
internal sealed partial class HostDoctor(HostFacts facts, IProgramRunner runner, IReporter reporter)
{
    private readonly PackageManager? manager = PackageManager.For(facts.OsRelease);

    public IReadOnlyList<HostProgram> Table { get; init; } = HostPrograms.All;

    /// <summary>Makes sure that everything is there that is needed for this.</summary>
    /// <exception cref="FactoryException">Something is missing and cannot be installed.</exception>
    public async Task EquipAsync(Need need, CancellationToken cancellation)
    {
        // What tests need includes what a build needs: some of them build.
        Need wanted = need == Need.Test ? Need.Test | Need.Build : need;
        IReadOnlyList<HostProgram> missing = MissingFor(wanted);
        if (missing.Count == 0)
            return;
        if (!facts.IsRoot || manager is null)
            throw new FactoryException(DoctorFaults.Missing(missing, manager?.CommandFor(missing, facts.IsRoot)));

        string command = manager.CommandFor(missing, isRoot: true);
        reporter.Report(new Said($"installing what this machine lacks: {command}"));
        await manager.InstallAsync(missing, runner, cancellation).ConfigureAwait(false);
        if (MissingFor(wanted) is { Count: > 0 } still)
            throw new FactoryException(DoctorFaults.StillMissing(still, command));
    }

    /// <summary>The whole table. The exit code says whether a build could start.</summary>
    public async Task<Answer> ExamineAsync(CancellationToken cancellation)
    {
        List<(HostProgram Program, string? Path, string? Version)> found = [];
        foreach (HostProgram program in Table)
        {
            string? path = ProgramSearch.Find(program, facts.ProgramFolders);
            found.Add((program, path, path is null ? null : await VersionOfAsync(program, path, cancellation).ConfigureAwait(false)));
        }

        IReadOnlyList<HostProgram> missing = [.. found.Where(f => f.Path is null && IsNeeded(f.Program)).Select(f => f.Program)];
        string? command = missing.Count == 0 ? null : manager?.CommandFor(missing, facts.IsRoot);

        StringBuilder text = new();
        text.Append(Row("", "needed for", "found"));
        foreach ((HostProgram program, string? path, string? version) in found)
            text.Append(Row(ShortName(program), NeedText(program.Need), FoundText(program, path, version)));
        text.Append('\n');
        if (missing.Count == 0)
            text.Append("Nothing is missing.\n");
        else if (command is null)
            text.Append("Install what is missing with the package manager of this distribution.\n");
        else
            text.Append("Install what is missing with:\n  ").Append(command).Append('\n');

        return new Answer(text.ToString())
        {
            Json = () => ToJson(found, command),
            EndsWith = missing.Any(p => p.Need.HasFlag(Need.Build)) ? ExitCode.Unavailable : ExitCode.Ok,
        };
    }

    private static string Row(string name, string need, string found) => $"{name,-28} {need,-18} {found}".TrimEnd() + "\n";

    private static string ShortName(HostProgram program) => program.IsFile ? Path.GetFileName(program.Name) : program.Name;

    private static string NeedText(Need need) => string.Join(", ", new[]
    {
        need.HasFlag(Need.Build) ? "build" : null,
        need.HasFlag(Need.BootCheck) ? "boot check" : null,
        need.HasFlag(Need.Test) ? "tests" : null,
    }.OfType<string>());

    private static string ToJson(IReadOnlyList<(HostProgram Program, string? Path, string? Version)> found, string? command) => JsonForm.Write(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("programs");
        foreach ((HostProgram program, string? path, string? version) in found)
        {
            json.WriteStartObject();
            json.WriteString("name", program.Name);
            json.WriteString("neededFor", NeedText(program.Need));
            json.WriteString("path", path);
            json.WriteString("version", version);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("install", command);
        json.WriteEndObject();
    });

    private string FoundText(HostProgram program, string? path, string? version)
    {
        if (path is null)
            return IsNeeded(program) ? "MISSING" : "not needed as root";
        return version is null ? path : $"{path} ({version})";
    }

    private bool IsNeeded(HostProgram program) => !(program.OnlyWithoutRoot && facts.IsRoot);

    private IReadOnlyList<HostProgram> MissingFor(Need need) =>
        [.. Table.Where(p => (p.Need & need) != Need.None && IsNeeded(p) && ProgramSearch.Find(p, facts.ProgramFolders) is null)];

    private async Task<string?> VersionOfAsync(HostProgram program, string path, CancellationToken cancellation)
    {
        if (program.IsFile || program.IsLibrary || program.VersionArgument is null)
            return null;
        try
        {
            ProgramCall call = new(path, [program.VersionArgument]) { Capture = true, Limit = TimeSpan.FromSeconds(10), Accept = [0, 1] };
            ProgramResult result = await runner.RunAsync(call, cancellation).ConfigureAwait(false);
            return VersionPattern().Match(result.Output) is { Success: true } match ? match.Value : null;
        }
        catch (FactoryException)
        {
            // A program that cannot say its version is still there; the path is shown.
            return null;
        }
    }

    [GeneratedRegex(@"\d+(\.\d+)+")]
    private static partial Regex VersionPattern();
}
