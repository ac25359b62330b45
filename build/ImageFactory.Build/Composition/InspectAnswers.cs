using ImageFactory.Assembly.Inspection;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;

namespace ImageFactory.Build.Composition;

/// <summary>Says what is in an image, whoever made it.</summary>
internal static class InspectAnswers
{
    /// <param name="image">Absolute path.</param>
    /// <param name="shownAs">As the caller wrote it.</param>
    public static async Task<Answer> InspectAsync(
        string image, string shownAs, bool lint, Toolbox tools, IProgramRunner programs, CancellationToken cancellation)
    {
        DirectoryInfo work = Directory.CreateTempSubdirectory("image-factory-inspect-");
        try
        {
            ImageReport report = await new ImageInspector(programs, tools.Call).InspectAsync(image, shownAs, work, cancellation).ConfigureAwait(false);
            IReadOnlyList<Fault>? broken = lint ? LintRules.Check(report) : null;
            return new Answer(ReportText.Of(report))
            {
                Json = () => ReportJson.Of(report, broken),
                Faults = [.. report.Faults, .. broken ?? []],
            };
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }
}
