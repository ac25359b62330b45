using ImageFactory.Model;
using ImageFactory.Model.Recipes.Destinations;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Publishing.Tests.Support;

internal static class Samples
{
    public static ImageDescription Description { get; } = new()
    {
        Recipe = "sample",
        RecipeDigest = Sha256.Of("recipe"),
        Architecture = Architecture.X64,
    };

    public static PublishSurroundings Surroundings(IReadOnlyDictionary<string, string>? environment = null, IReporter? reporter = null) => new()
    {
        Environment = environment ?? new Dictionary<string, string>(),
        Time = TimeProvider.System,
        Processors = 2,
        Reporter = reporter ?? new Events(),
        Programs = new ProgramRunner(ProgramEnvironment.From(new Dictionary<string, string> { ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin" }), reporter ?? new Events(), TimeProvider.System),
        Conceal = _ => { },
    };

    public static DestinationSetting Setting(Destination destination, PublishSurroundings? surroundings = null) =>
        new(destination, destination.Owner ?? "tester", "recipes/sample.yaml:9:5", surroundings ?? Surroundings());

    public static PublishableImage Image(string file, string digestOf = "image") => new(Description, file, Sha256.Of(digestOf));
}
