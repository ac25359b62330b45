namespace ImageFactory.Assembly.AgentPolicy.Rego;

/// <summary>A place in a text; lines and columns count from 1.</summary>
internal readonly record struct TextPosition(int Line, int Column);
