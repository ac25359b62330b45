using ImageFactory.Model;
using ImageFactory.SecureExecution.Cryptography;
using ImageFactory.SecureExecution.Format;
using ImageFactory.SecureExecution.Headers;

namespace ImageFactory.SecureExecution.Writing;

/// <summary>Everything of a request, opened, measured and checked: what follows can fail only because of the disk.</summary>
internal sealed class PreparedInputs : IDisposable
{
    private readonly List<(string Name, ComponentReader Reader)> contents;

    private PreparedInputs(LoaderBlobs loaders, ImageLayout layout, List<(string Name, ComponentReader Reader)> contents)
    {
        Loaders = loaders;
        Layout = layout;
        this.contents = contents;
    }

    public LoaderBlobs Loaders { get; }

    public ImageLayout Layout { get; }

    /// <summary>The components' bytes, in the order of the layout.</summary>
    public IReadOnlyList<(string Name, ComponentReader Reader)> Contents => contents;

    /// <exception cref="FactoryException">All faults of all inputs.</exception>
    public static PreparedInputs Open(SecureImageRequest request)
    {
        List<Fault> faults = [.. request.Flags.Check(request.Cck is not null, request.ImageKey is not null)];
        CheckKeys(request, faults);
        CheckOutput(request, faults);
        LoaderBlobs? loaders = LoaderBlobs.Read(request.LoaderFolder, faults);

        List<(string Name, ComponentReader Reader)> contents = [];
        try
        {
            ComponentReader? kernel = Open(request.Kernel, "kernel", contents, faults);
            ComponentReader? ramdisk = request.Ramdisk is null ? null : Open(request.Ramdisk, "ramdisk", contents, faults);
            ComponentReader? commandLine = request.CommandLine is null ? null : OpenCommandLine(request.CommandLine, contents, faults);
            if (kernel is not null && request.CheckComponents)
                KernelCheck.Run(request.Kernel.Name, kernel, commandLine is null ? null : (request.CommandLine!.Name, commandLine.Length), faults);
            FactoryException.ThrowIfAny(faults);

            ImageLayout layout = LayOut(request, loaders!, kernel!, ramdisk, commandLine);
            contents.Add(("stage3b", Stage3b(loaders!, layout)));
            return new PreparedInputs(loaders!, layout, contents);
        }
        catch
        {
            contents.ForEach(c => c.Reader.Dispose());
            throw;
        }
    }

    /// <summary>All faults of all inputs, with nothing kept open.</summary>
    public static IReadOnlyList<Fault> Check(SecureImageRequest request)
    {
        try
        {
            Open(request).Dispose();
            return [];
        }
        catch (FactoryException exception)
        {
            return exception.Faults;
        }
    }

    public void Dispose() => contents.ForEach(c => c.Reader.Dispose());

    private static ImageLayout LayOut(SecureImageRequest request, LoaderBlobs loaders, ComponentReader kernel, ComponentReader? ramdisk, ComponentReader? commandLine)
    {
        List<(ComponentKind, long)> sizes = [(ComponentKind.Kernel, kernel.Length)];
        if (ramdisk is not null)
            sizes.Add((ComponentKind.Ramdisk, ramdisk.Length));
        if (commandLine is not null)
            sizes.Add((ComponentKind.CommandLine, commandLine.Length));
        sizes.Add((ComponentKind.Stage3b, loaders.Stage3b.Length));
        return ImageLayout.For(loaders.Stage3a.Length, request.HostKeys.Count, sizes);
    }

    private static ComponentReader Stage3b(LoaderBlobs loaders, ImageLayout layout)
    {
        byte[] stage3b = loaders.Stage3b;
        new Stage3bArguments(layout.Part(ComponentKind.Kernel), layout.Part(ComponentKind.CommandLine), layout.Part(ComponentKind.Ramdisk)).Write(stage3b);
        return ComponentSource.Bytes("stage3b", stage3b).Open();
    }

    private static ComponentReader? Open(ComponentSource source, string what, List<(string Name, ComponentReader Reader)> contents, List<Fault> faults)
    {
        try
        {
            ComponentReader reader = source.Open();
            contents.Add((source.Name, reader));
            return reader;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            faults.Add(WriterFaults.CannotRead(source.Name, what, cause));
            return null;
        }
    }

    /// <summary>Small enough for memory: more than what any kernel takes is refused before (or cut by nobody, with checks off).</summary>
    private static ComponentReader? OpenCommandLine(ComponentSource source, List<(string Name, ComponentReader Reader)> contents, List<Fault> faults)
    {
        List<(string Name, ComponentReader Reader)> opened = [];
        if (Open(source, "command line", opened, faults) is not { } reader)
            return null;
        Span<byte> last = stackalloc byte[1];
        bool hasNul = reader.Length > 0 && reader.Read(reader.Length - 1, last) == 1 && last[0] == 0;
        if (!hasNul)
        {
            reader.Dispose();
            reader = ComponentSource.Concatenate(1, source, ComponentSource.Bytes("NUL", new byte[1])).Open();
        }

        contents.Add((source.Name, reader));
        return reader;
    }

    private static void CheckKeys(SecureImageRequest request, List<Fault> faults)
    {
        if (request.HostKeys.Count is 0 or > SecureExecutionHeader.MaximumKeySlots)
            faults.Add(WriterFaults.HostKeyCount(request.HostKeys.Count));
        CheckSize("CCK", request.Cck, HeaderKeys.CckSize, faults);
        CheckSize("header key", request.HeaderKey, HeaderKeys.HeaderKeySize, faults);
        CheckSize("image key", request.ImageKey, HeaderKeys.ImageKeySize, faults);
        if (request.ImageKey is { Length: HeaderKeys.ImageKeySize } key && AesXts.HasEqualHalves(key.Span))
            faults.Add(WriterFaults.EqualHalves());
    }

    private static void CheckSize(string what, SecretBytes? key, int expected, List<Fault> faults)
    {
        if (key is not null && key.Length != expected)
            faults.Add(WriterFaults.KeySize(what, key.Length, expected));
    }

    private static void CheckOutput(SecureImageRequest request, List<Fault> faults)
    {
        if (!request.Overwrite && Path.Exists(request.Output))
            faults.Add(WriterFaults.OutputExists(request.Output));
        string folder = Path.GetDirectoryName(Path.GetFullPath(request.Output)) ?? "/";
        if (!Directory.Exists(folder))
            faults.Add(WriterFaults.CannotCreate(request.Output, new DirectoryNotFoundException($"there is no folder {folder}")));
    }
}
