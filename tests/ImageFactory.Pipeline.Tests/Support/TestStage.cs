namespace ImageFactory.Pipeline.Tests.Support;

/// <summary>A stage whose output is a function of its value and of what it reads.</summary>
internal sealed class TestStage(string name, params string[] after) : IStage
{
    public string Name => name;

    public IReadOnlyList<string> After => after;

    public TimeSpan? MaxAge { get; init; }

    internal string Value { get; init; } = "";

    /// <summary>What lies in the file <c>out</c> afterwards, from the value and the files of the inputs in order.</summary>
    internal Func<string, IReadOnlyList<string>, string> Function { get; init; } = (value, inputs) => $"{value}({string.Join(',', inputs)})";

    /// <summary>Done in place of writing the file.</summary>
    internal Func<StageScope, CancellationToken, Task>? Action { get; init; }

    public void Describe(StageKey key) => key.Add("value", Value);

    public async Task RunAsync(StageScope scope, CancellationToken cancellation)
    {
        if (Action is not null)
        {
            await Action(scope, cancellation);
            return;
        }

        List<string> inputs = [];
        foreach (string input in after)
            inputs.Add(await File.ReadAllTextAsync(scope.Input(input, "out"), cancellation));
        await File.WriteAllTextAsync(scope.OutputFile("out"), Function(Value, inputs), cancellation);
    }
}
