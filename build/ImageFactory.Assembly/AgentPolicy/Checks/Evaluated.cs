using ImageFactory.Assembly.AgentPolicy.Rego;

namespace ImageFactory.Assembly.AgentPolicy.Checks;

internal enum Truth
{
    Never,
    Unknown,
    Always,
}

/// <summary>A value that is known, known to be undefined (<see cref="Value"/> is null), or not known.</summary>
internal readonly record struct Evaluated(bool IsKnown, Expression? Value)
{
    public static Evaluated Unknown { get; }

    public static Evaluated Undefined { get; } = new(true, null);

    public static Evaluated Of(Expression value) => new(true, value);
}
