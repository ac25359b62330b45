namespace ImageFactory.Pipeline.Programs;

/// <summary>Keeps the last lines that a program said, for the fault if it fails.</summary>
internal sealed class LastLines
{
    internal const int Kept = 15;
    private readonly Queue<string> lines = new();

    internal IReadOnlyCollection<string> Lines => lines;

    internal void Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        lines.Enqueue(line);
        if (lines.Count > Kept)
            lines.Dequeue();
    }
}
