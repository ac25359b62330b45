namespace ImageFactory.Build.Hosting.Vocabulary;

/// <summary>The name by which <c>--target</c> calls a task.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TaskNameAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
