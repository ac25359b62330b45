using ImageFactory.Assembly.Payload;
using ImageFactory.Assembly.Tree;
using ImageFactory.Model;
using ImageFactory.Model.Recipes;

namespace ImageFactory.Assembly.Bases.Bootc;

/// <summary>What a Containerfile is built from: the folder's files, sorted and without time stamps, so that the engine's cache of layers holds.</summary>
internal sealed class BuildContext
{
    /// <summary>A fixed time for every file: the engine's cache goes by contents.</summary>
    private const long AnyTime = 1_000_000_000;

    private readonly FileTree tree;

    private BuildContext(FileTree tree, string path, Containerfile containerfile, string shownAs)
    {
        this.tree = tree;
        Path = path;
        Containerfile = containerfile;
        ShownAs = shownAs;
    }

    /// <summary>Of the Containerfile, from the context on.</summary>
    public string Path { get; }

    public Containerfile Containerfile { get; }

    /// <summary>How faults call the Containerfile.</summary>
    public string ShownAs { get; }

    /// <param name="arguments">Build arguments, for the names of images.</param>
    /// <exception cref="FactoryException">IFC302 to IFC304, or a file of the context cannot be read.</exception>
    public static BuildContext Read(SourcePath containerfile, SourcePath? folder, IReadOnlyDictionary<string, string> arguments, CancellationToken cancellation)
    {
        string file = containerfile.FullPath;
        SourcePath context = ContextFolder.Of(containerfile, folder);
        string relative = System.IO.Path.GetRelativePath(context.FullPath, file);
        if (relative.StartsWith("..", StringComparison.Ordinal))
            throw new FactoryException(BootcFaults.OutsideContext(containerfile.Text, context.Text));
        FileTree tree = HostTreeReader.Read(context, "/", PayloadOwner.Root, cancellation).Tree;
        Containerfile parsed = Containerfile.Parse(tree.ReadText("/" + relative) ?? "", containerfile.Text, arguments);
        return new BuildContext(tree, relative, parsed, containerfile.Text);
    }

    public Task<Sha256> DigestAsync(CancellationToken cancellation) => TreeDigest.OfAsync(tree, cancellation);

    /// <summary>Writes the context as a tar, with other names for the images of the Containerfile.</summary>
    /// <param name="secrets">Contents of secrets by the names of their files.</param>
    public void Write(Stream target, IReadOnlyDictionary<string, string> names, IReadOnlyDictionary<string, byte[]> secrets, CancellationToken cancellation)
    {
        FileTree sent = new();
        sent.Merge(tree);
        sent.Put("/" + Path, TreeEntry.Text(Containerfile.With(names)));
        foreach ((string name, byte[] secret) in secrets)
            sent.Put("/" + name, TreeEntry.File(new InlineContent(secret), UnixMode.Secret));
        TarTreeWriter.Write(sent, target, AnyTime, cancellation);
    }
}
