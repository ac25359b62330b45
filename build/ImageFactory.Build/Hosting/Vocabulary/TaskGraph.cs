namespace ImageFactory.Build.Hosting.Vocabulary;

/// <summary>Tasks and what they depend on.</summary>
internal sealed class TaskGraph(IReadOnlyList<Type> tasks)
{
    /// <summary>The task and everything before it, each once, in the order in which they run.</summary>
    /// <exception cref="InvalidOperationException">There is no such task, or tasks depend on each other in a circle.</exception>
    public IReadOnlyList<Type> OrderFor(string target)
    {
        List<Type> order = [];
        Visit(Find(target), order, []);
        return order;
    }

    /// <summary>The tree that <c>--tree</c> prints: two more spaces for each step down.</summary>
    public IEnumerable<string> TreeOf(string target) => Branch(Find(target), 0);

    private static IEnumerable<string> Branch(Type task, int depth)
    {
        yield return new string(' ', depth * 2) + TaskCatalog.NameOf(task);
        foreach (string line in TaskCatalog.DependenciesOf(task).SelectMany(d => Branch(d, depth + 1)))
            yield return line;
    }

    private static void Visit(Type task, List<Type> order, Stack<Type> path)
    {
        if (order.Contains(task))
            return;
        if (path.Contains(task))
            throw new InvalidOperationException("tasks depend on each other: " + string.Join(" -> ", path.Reverse().Append(task).Select(TaskCatalog.NameOf)));

        path.Push(task);
        foreach (Type dependency in TaskCatalog.DependenciesOf(task))
            Visit(dependency, order, path);
        path.Pop();
        order.Add(task);
    }

    private Type Find(string target) =>
        tasks.FirstOrDefault(t => TaskCatalog.NameOf(t) == target) ?? throw new InvalidOperationException($"there is no task {target}");
}
