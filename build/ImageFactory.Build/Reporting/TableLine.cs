namespace ImageFactory.Build.Reporting;

/// <summary>A line of the live table, and where in it the state of the stage stands.</summary>
internal readonly record struct TableLine(string Text, int StateAt = 0, string State = "")
{
    /// <summary>With the state in its colour: of the sixteen that each terminal shows readably in the user's own palette.</summary>
    public string Painted()
    {
        int colour = State switch
        {
            "built" => 32,
            "running" => 36,
            "failed" => 31,
            "cancelled" => 33,
            _ => 0,
        };
        int end = StateAt + State.Length;
        return colour == 0 || end > Text.Length ? Text : $"{Text[..StateAt]}\e[{colour}m{State}\e[0m{Text[end..]}";
    }
}
