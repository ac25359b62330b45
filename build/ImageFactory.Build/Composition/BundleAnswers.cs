using System.Globalization;
using ImageFactory.Assembly;
using ImageFactory.Assembly.Bases.Bootc;
using ImageFactory.Assembly.Bundles;
using ImageFactory.Assembly.Containers;
using ImageFactory.Build.Hosting;
using ImageFactory.Build.Reporting;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;
using ImageFactory.Pipeline;
using ImageFactory.Pipeline.Programs;
using ImageFactory.Recipes;
using ImageFactory.Registry;
using ImageFactory.Registry.Carrying;
using ImageFactory.Registry.References;

namespace ImageFactory.Build.Composition;

/// <summary>Packs what a build of a locked recipe reads: the recipe, its files, the lock, packages, images and disks. The factory itself is no part of it.</summary>
internal sealed class BundleAnswers(FactoryOptions options, BuildAnswers builds, IReporter reporter, IProgramRunner programs, TimeProvider time)
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
        FactoryException.ThrowIfAny(FaultsOf(loaded, file));
        BuildSession session = await BuildSession.OpenAsync(options with { Locked = true }, loaded, programs, time, fresh: false, cancellation).ConfigureAwait(false);
        bool hasPackages = session.Graph.Stages.Any(s => s.Name == ImageBuild.FetchGoal);
        (Sha256 Digest, string Stage, string File)? disk = session.Image.FetchedDisk;
        List<string> goals = [];
        if (hasPackages)
            goals.Add(ImageBuild.FetchGoal);
        if (disk is not null)
            goals.Add(disk.Value.Stage);
        if (session.Image.SavedContainer is { } container)
            goals.Add(container);
        return goals.Count == 0
            ? await PackAsync(session, file, [], null, null, [], cancellation).ConfigureAwait(false)
            : await builds.ReachAsync(
                session,
                goals,
                run => PackAsync(
                    session,
                    file,
                    hasPackages ? ImageBuild.ReadFetched(run[ImageBuild.FetchGoal].Output!, session.Store.Cache).ToList() : [],
                    disk is { } found ? (found.Digest, Path.Combine(run[found.Stage].Output!.FullName, found.File)) : null,
                    session.Image.SavedContainer is { } saved ? ImageBuild.ReadSavedContainer(run[saved].Output!) : null,
                    [.. ImageBuild.ReadImages(session.Image.LocalImages.Select(s => run[s].Output!))],
                    cancellation),
                cancellation).ConfigureAwait(false);
    }

    private async Task<Answer> PackAsync(
        BuildSession session,
        string file,
        List<(string Name, Sha256 Digest, string Path)> packages,
        (Sha256 Digest, string Path)? disk,
        (string Id, string Archive)? container,
        List<PinnedImage> locals,
        CancellationToken cancellation)
    {
        BundleWriter writer = new(FactoryHost.Version, session.Recipe.SourceDateEpoch);
        foreach (string path in session.Loaded.Files.Append(BuildSession.LockPath(session.Loaded)))
            writer.AddFile(path, Path.GetFileName(path));
        foreach ((string key, SourcePath path) in Inputs(session.Loaded))
        {
            if (IsSecret(key))
                writer.AddEmpty(path.FullPath);
            else
                writer.AddFile(path.FullPath, path.Text);
        }

        foreach ((string name, Sha256 digest, string path) in packages)
            writer.AddPackage(name, digest, path);
        if (disk is { } fetched)
            writer.AddContent(fetched.Digest, fetched.Path);
        if (container is { } saved)
        {
            reporter.Report(new Said($"packing the container of the base, {ByteSize.Format(new FileInfo(saved.Archive).Length)}: a build takes it as it is, and asks the network for nothing of it again"));
            await writer.AddContainerAsync(BundledContainer.Base, saved.Id, saved.Archive, cancellation).ConfigureAwait(false);
        }

        foreach (PinnedImage local in locals)
            await writer.AddContainerAsync(local.Reference, local.Manifest, null, cancellation).ConfigureAwait(false);
        IReadOnlyList<(ImageReference Image, bool Whole)> images = session.Image.Images;
        using RegistryClient? client = images.Count == 0 ? null : new RegistryAccess(RegistryLocations.Find(options), time).Open();
        foreach ((ImageReference image, bool whole) in images)
        {
            CollectedImage collected = await ImageCollector.CollectAsync(client!, image, session.Recipe.Architecture, whole, cancellation).ConfigureAwait(false);
            reporter.Report(new Said($"packing {image}, {ByteSize.Format(collected.Contents.Sum(c => c.Size))}"));
            writer.AddImage(collected);
        }

        Sha256 list = await WriteAsync(writer, session.Loaded.Files[0], file, cancellation).ConfigureAwait(false);
        long size = new FileInfo(file).Length;
        string held = string.Create(CultureInfo.InvariantCulture, $"{ByteSize.Format(size)}, {packages.Count} packages, {images.Count(i => i.Whole)} images, {(disk is null ? 0 : 1)} fetched disks, {(container is null ? 0 : 1)} built containers");
        return new Answer($"bundle   {file}  ({held})\nlist     sha256 {list}, which stands for all of it\n\nNext:\n  ./build.sh build --from-bundle {ShellText.Quote(file)}\n")
        {
            Faults = session.Warnings,
            Json = () => JsonForm.Write(json =>
            {
                json.WriteStartObject();
                json.WriteString("bundle", file);
                json.WriteNumber("bytes", size);
                json.WriteNumber("packages", packages.Count);
                json.WriteNumber("images", images.Count(i => i.Whole));
                json.WriteNumber("containers", container is null ? 0 : 1);
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

    private static List<Fault> FaultsOf(LoadedRecipe loaded, string file)
    {
        List<Fault> faults = [];
        Recipe recipe = loaded.Recipe;
        if (recipe.Base is BootcBase { Way: BootcWay.ImageBuilder })
            faults.Add(BundleFaults.NeedsBuilder(loaded.Origins.Of("base.way")));
        if (recipe.Base is QcowBase { Guest.Network: true } or OciBase { Guest.Network: true })
            faults.Add(BundleFaults.NeedsNetwork(loaded.Origins.Of("base.guest.network")));
        foreach (string part in KeyParts.Where(p => p switch { "secureBoot" => recipe.SecureBoot is not null, "signing" => recipe.Signing is not null, _ => recipe.SecureExecution is not null }))
            faults.Add(BundleFaults.HasKeys(part, loaded.Origins.Of(part)));
        faults.AddRange(Inputs(loaded).Where(i => Path.IsPathRooted(i.Path.Text) && !IsKey(i.Key)).Select(i => BundleFaults.Absolute(i.Key, i.Path.Text)));
        faults.AddRange(
            from secret in Inputs(loaded).Where(i => IsSecret(i.Key))
            from folder in FoldersWith(loaded, secret.Path.FullPath).Take(1)
            select BundleFaults.HasSecret(secret.Path.Text, folder.Path.Text));
        faults.AddRange(FoldersWith(loaded, file).Select(i => BundleFaults.InItself(file, i.Key, i.Path.Text)));
        return faults;
    }

    private static IEnumerable<(string Key, SourcePath Path)> FoldersWith(LoadedRecipe loaded, string file) =>
        Inputs(loaded).Where(i => Directory.Exists(i.Path.FullPath) && file.StartsWith(i.Path.FullPath.TrimEnd('/') + "/", StringComparison.Ordinal));

    private static bool IsSecret(string key) => key.StartsWith("base.secrets", StringComparison.Ordinal);

    private static bool IsKey(string key) => KeyParts.Any(p => key.StartsWith(p + ".", StringComparison.Ordinal));

    /// <summary>Of what the recipe names that which is there to be read; a destination's folder may not be. A keyring of the machine is not asked for again.</summary>
    private static IEnumerable<(string Key, SourcePath Path)> Inputs(LoadedRecipe loaded) => RecipePaths.Of(loaded.Recipe).Concat(UnnamedContext(loaded.Recipe)).Where(p =>
        Path.Exists(p.Path.FullPath)
        && !(p.Key == "base.keyring" && Path.IsPathRooted(p.Path.Text))
        && !(p.Key.StartsWith("publish[", StringComparison.Ordinal) && Directory.Exists(p.Path.FullPath)));

    /// <summary>The folder of a Containerfile decides what is built also where the recipe does not name it.</summary>
    private static IEnumerable<(string Key, SourcePath Path)> UnnamedContext(Recipe recipe) =>
        recipe.Base is BootcBase { Context: null } bootc && ContextFolder.Of(bootc) is { } folder ? [("base.context", folder)] : [];
}
