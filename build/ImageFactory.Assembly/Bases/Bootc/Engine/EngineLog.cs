using ImageFactory.Pipeline;

namespace ImageFactory.Assembly.Bases.Bootc.Engine;

/// <summary>Passes on what is said and keeps the last lines, for the fault if it fails.</summary>
internal sealed class EngineLog(IStageLog log) : IEngineLog
{
    private const int Kept = 15;
    private readonly Queue<string> lines = new();

    public IReadOnlyCollection<string> Lines => lines;

    public void Line(string text)
    {
        string shown = string.Concat(text.Select(c => char.IsControl(c) && c != '\t' ? ' ' : c)).TrimEnd();
        if (shown.Length == 0)
            return;
        lines.Enqueue(shown);
        if (lines.Count > Kept)
            lines.Dequeue();
        log.Info(shown);
    }
}
