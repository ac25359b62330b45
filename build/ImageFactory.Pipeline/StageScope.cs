using System.Collections.Concurrent;
using ImageFactory.Model;
using ImageFactory.Pipeline.Programs;

namespace ImageFactory.Pipeline;

/// <summary>What a running stage may use. Made by the scheduler, for one run of one stage.</summary>
public sealed class StageScope
{
    /// <summary>The stage's own folder, empty at the start. What lies there at the end is the stage's output.</summary>
    public required DirectoryInfo Output { get; init; }

    /// <summary>Output folders of the stages it comes after, by stage name. Not to be written to.</summary>
    public required IReadOnlyDictionary<string, DirectoryInfo> Inputs { get; init; }

    /// <summary>An empty folder for what is not kept, on fast storage; removed when the stage ends, however it ends.</summary>
    public required DirectoryInfo Work { get; init; }

    /// <summary>
    /// A folder shared by all builds for things that carry their own digest in their name (downloaded packages).
    /// Write to a temporary name in it and rename; a file may appear or vanish between two looks.
    /// </summary>
    public required DirectoryInfo Cache { get; init; }

    public required IProgramRunner Programs { get; init; }

    public required IStageLog Log { get; init; }

    /// <summary>Removes what the stage makes outside its folders: register first, then create.</summary>
    public required CleanUpStack CleanUp { get; init; }

    /// <summary>What the store knows of the inputs' files, by stage and path; null for what it does not know.</summary>
    public Func<string, string, Sha256?> Known { get; init; } = (_, _) => null;

    /// <summary>Digests of output files that the stage took while it wrote them, by path: the store does not read such a file again.</summary>
    public ConcurrentDictionary<string, Sha256> Hashed { get; } = new(StringComparer.Ordinal);

    /// <summary>True when nothing may be asked of the network.</summary>
    public bool Offline { get; init; }

    /// <summary>A file of an input, by stage and path.</summary>
    public string Input(string stage, string path) => Path.Combine(Inputs[stage].FullName, path);

    /// <summary>Digest of a file of an input, which is read only when the store does not know it.</summary>
    public async ValueTask<Sha256> InputDigestAsync(string stage, string path, CancellationToken cancellation) =>
        Known(stage, path) ?? await Sha256.OfFileAsync(Input(stage, path), cancellation).ConfigureAwait(false);

    public string OutputFile(string path) => Path.Combine(Output.FullName, path);

    /// <summary>A new file of the output for large content that is written in one go; to be closed asynchronously.</summary>
    public Stream CreateOutputFile(string path) => new OutputFile(OutputFile(path), digest => Hashed[path] = digest);
}

/// <summary>What a stage says while it runs.</summary>
public interface IStageLog
{
    void Info(string text);

    /// <summary>Progress of the whole stage; <paramref name="total"/> is 0 while unknown.</summary>
    void Progress(long done, long total, string unit);

    void Warn(Fault fault);
}
