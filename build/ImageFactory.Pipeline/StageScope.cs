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

    /// <summary>True when nothing may be asked of the network.</summary>
    public bool Offline { get; init; }

    /// <summary>A file of an input, by stage and path.</summary>
    public string Input(string stage, string path) => Path.Combine(Inputs[stage].FullName, path);

    public string OutputFile(string path) => Path.Combine(Output.FullName, path);
}

/// <summary>What a stage says while it runs.</summary>
public interface IStageLog
{
    void Info(string text);

    /// <summary>Progress of the whole stage; <paramref name="total"/> is 0 while unknown.</summary>
    void Progress(long done, long total, string unit);

    void Warn(ImageFactory.Model.Fault fault);
}
