namespace ImageFactory.Model;

/// <summary>A text that nobody may read: printed, interpolated, logged or serialised it is <c>***</c>.</summary>
public sealed class Secret(string value)
{
    /// <summary>The text itself, for the one place that sends it.</summary>
    public string Reveal() => value;

    public override string ToString() => "***";
}
