using System.Text.RegularExpressions;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Pipeline.Tools;

/// <summary>The host's own programs of a <see cref="ToolSet"/>, all of them there and new enough.</summary>
public sealed partial record HostTools(IReadOnlyDictionary<string, HostTool> Programs)
{
    /// <summary>Null when one is missing or too old: a mixture of host and tree would help nobody to say what made an image.</summary>
    /// <param name="path">Folders to look in, as in PATH.</param>
    public static async Task<HostTools?> FindAsync(ToolSet set, IReadOnlyList<string> path, IProgramRunner programs, CancellationToken cancellation)
    {
        Dictionary<string, string> found = [];
        foreach (ToolRequirement tool in set.Programs)
        {
            string? place = path.Select(folder => Path.Combine(folder, tool.Program)).FirstOrDefault(File.Exists);
            if (place is null)
                return null;
            found.Add(tool.Program, place);
        }

        if (!set.Files.All(f => File.Exists("/" + f)))
            return null;

        Dictionary<string, HostTool> tools = [];
        foreach (ToolRequirement tool in set.Programs)
        {
            List<string> said = [];
            ProgramResult result = await programs.RunAsync(
                new ProgramCall(found[tool.Program], [tool.VersionOption]) { Capture = true, Accept = [0, 1], OnLine = said.Add, Limit = TimeSpan.FromSeconds(10) },
                cancellation).ConfigureAwait(false);
            string? version = FirstVersion(result.Output + "\n" + string.Join('\n', said));
            if (version is null || Version.Parse(version) < Version.Parse(tool.Minimum))
                return null;
            tools.Add(tool.Program, new HostTool(found[tool.Program], version));
        }

        return new HostTools(tools);
    }

    public static string? FirstVersion(string text) => VersionPattern().Match(text) is { Success: true } match ? match.Value : null;

    [GeneratedRegex(@"\d+\.\d+(\.\d+)?")]
    private static partial Regex VersionPattern();
}

public sealed record HostTool(string Path, string Version);
