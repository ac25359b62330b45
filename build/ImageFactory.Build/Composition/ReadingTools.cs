using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Pipeline.Tools;
using ImageFactory.Recipes;

namespace ImageFactory.Build.Composition;

/// <summary>
/// The tools that read file systems are those that write them: the host's, or the tree that the recipe's builds use. An image is read whatever it was made
/// from, so a recipe that is absent, wrong or without tools does not matter: the tools are then those of the plainest one.
/// </summary>
internal sealed class ReadingTools(FactoryOptions options, BuildAnswers builds, IProgramRunner programs, TimeProvider time)
{
    /// <param name="open">Opens the recipe.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task<Toolbox> FindAsync(Func<Task<BuildSession>> open, CancellationToken cancellation)
    {
        try
        {
            BuildSession here = await open().ConfigureAwait(false);
            if (!here.Recipe.IsTakenAsIs)
                return await ReachAsync(here, cancellation).ConfigureAwait(false);
        }
        catch (FactoryException e) when (!cancellation.IsCancellationRequested && e.Faults.All(IsOfRecipe))
        {
            // Told when somebody builds from it.
        }

        return await ReachAsync(await OpenPlainAsync(cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
    }

    private static bool IsOfRecipe(Fault fault) =>
        fault.Severity == Severity.Warning || fault.ExitCode is ExitCode.InvalidInput or ExitCode.MissingInput or ExitCode.Configuration;

    private Task<BuildSession> OpenPlainAsync(CancellationToken cancellation)
    {
        const string Name = "image-tools";
        Recipe recipe = new() { Name = Name, Base = new DebianBase() };
        LoadedRecipe loaded = new(recipe, new RecipeOrigins(new Dictionary<string, string>()), [Path.Combine(options.Store, Name + ".yaml")], [], Sha256.Of("image-tools"u8));
        return BuildSession.OpenAsync(options, loaded, programs, time, fresh: false, cancellation);
    }

    private async Task<Toolbox> ReachAsync(BuildSession session, CancellationToken cancellation) =>
        new(await builds.ReachAsync(session, ToolSet.Image.Name, stage => stage.Output!, cancellation).ConfigureAwait(false));
}
