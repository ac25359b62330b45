using System.Globalization;
using ImageFactory.Assembly;
using ImageFactory.Assembly.Bundles;
using ImageFactory.Build.Hosting;
using ImageFactory.Build.Reporting;
using ImageFactory.Build.Terminal;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Recipes;

namespace ImageFactory.Build.Composition;

/// <summary>Packs what a build of a locked recipe reads: the recipe, its files, the lock and the packages. The factory itself is no part of it.</summary>
internal sealed class BundleAnswers(FactoryOptions options, BuildAnswers builds, IProgramRunner programs, TimeProvider time)
{
    /// <summary>Parts of a recipe that name private keys.</summary>
    private static readonly string[] KeyParts = ["secureBoot", "signing", "secureExecution"];

    /// <param name="file">The archive, absolute.</param>
    /// <param name="cancellation">Ends the work; nothing is left then.</param>
    /// <exception cref="FactoryException">The recipe is not locked, or names what a bundle cannot hold.</exception>
    public async Task<Answer> PackAsync(string file, CancellationToken cancellation)
    {
        // What variables of this machine would set is not in the recipe's files.
        LoadedRecipe loaded = RecipeLoader.Load(options.Recipe, new Dictionary<string, string>(), [], options.WorkingFolder);
        FactoryException.ThrowIfAny(FaultsOf(loaded));
        BuildSession session = await BuildSession.OpenAsync(options with { Locked = true }, loaded, programs, time, fresh: false, cancellation).ConfigureAwait(false);
        List<(string Name, Sha256 Digest, string Path)> packages = await builds.ReachAsync(
            session, ImageBuild.FetchGoal, stage => ImageBuild.ReadFetched(stage.Output!, session.Store.Cache).ToList(), cancellation).ConfigureAwait(false);

        BundleWriter writer = new(FactoryHost.Version, session.Recipe.SourceDateEpoch);
        foreach (string path in loaded.Files.Append(BuildSession.LockPath(loaded)))
            writer.AddFile(path, Path.GetFileName(path));
        foreach ((_, SourcePath path) in Inputs(loaded))
            writer.AddFile(path.FullPath, path.Text);
        foreach ((string name, Sha256 digest, string path) in packages)
            writer.AddPackage(name, digest, path);
        Sha256 list = await WriteAsync(writer, loaded.Files[0], file, cancellation).ConfigureAwait(false);

        long size = new FileInfo(file).Length;
        return new Answer(string.Create(
            CultureInfo.InvariantCulture,
            $"bundle   {file}  ({ByteSize.Format(size)}, {packages.Count} packages)\nlist     sha256 {list}, which stands for all of it\n\nNext:\n  ./build.sh build --from-bundle {ShellText.Quote(file)}\n"))
        {
            Faults = session.Warnings,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteString("bundle", file);
                json.WriteNumber("bytes", size);
                json.WriteNumber("packages", packages.Count);
                json.WriteString("sha256OfList", list.Hex);
                json.WriteEndObject();
            }),
        };
    }

    private static async Task<Sha256> WriteAsync(BundleWriter writer, string recipe, string file, CancellationToken cancellation)
    {
        string aside = file + ".part";
        try
        {
            Sha256 list;
            await using (FileStream stream = new(aside, FileMode.Create, FileAccess.Write))
                list = await writer.WriteAsync(recipe, stream, cancellation).ConfigureAwait(false);
            File.Move(aside, file, overwrite: true);
            return list;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FactoryException(BundleFaults.NotWritten(file, e.Message), e);
        }
        finally
        {
            if (File.Exists(aside))
                File.Delete(aside);
        }
    }

    private static List<Fault> FaultsOf(LoadedRecipe loaded)
    {
        List<Fault> faults = [];
        Recipe recipe = loaded.Recipe;
        if (recipe.Base is not DebianBase)
            faults.Add(BundleFaults.OnlyPackages("this base", loaded.Origins.Of("base")));
        for (int i = 0; i < recipe.Payload.Count; i++)
        {
            if (recipe.Payload[i] is OciPayload)
                faults.Add(BundleFaults.OnlyPackages("a payload out of a container image", loaded.Origins.Of($"payload[{i}]")));
        }

        foreach (string part in KeyParts.Where(p => p switch { "secureBoot" => recipe.SecureBoot is not null, "signing" => recipe.Signing is not null, _ => recipe.SecureExecution is not null }))
            faults.Add(BundleFaults.HasKeys(part, loaded.Origins.Of(part)));
        faults.AddRange(Inputs(loaded).Where(i => Path.IsPathRooted(i.Path.Text) && !IsKey(i.Key)).Select(i => BundleFaults.Absolute(i.Key, i.Path.Text)));
        return faults;
    }

    private static bool IsKey(string key) => KeyParts.Any(p => key.StartsWith(p + ".", StringComparison.Ordinal));

    /// <summary>Of what the recipe names that which is there to be read; a destination's folder may not be. A keyring of the machine is not asked for again.</summary>
    private static IEnumerable<(string Key, SourcePath Path)> Inputs(LoadedRecipe loaded) => RecipePaths.Of(loaded.Recipe).Where(p =>
        Path.Exists(p.Path.FullPath)
        && !(p.Key == "base.keyring" && Path.IsPathRooted(p.Path.Text))
        && !(p.Key.StartsWith("publish[", StringComparison.Ordinal) && Directory.Exists(p.Path.FullPath)));
}
