namespace ImageFactory.Build.Hosting.Vocabulary;

/// <summary>What a task is for, in one line of the help text.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TaskDescriptionAttribute(string description) : Attribute
{
    public string Description { get; } = description;
}
