using ImageFactory.Build.CommandLine;

namespace ImageFactory.Build.Hosting.Vocabulary;

/// <summary>Our small host: runs a target after what it depends on, each task once.</summary>
internal static class TaskHost
{
    public static Task RunAsync(FactoryRun run, RunMode mode, Action<string> say) => RunAsync(run, TaskCatalog.Types, mode, say);

    public static async Task RunAsync(FactoryRun run, IReadOnlyList<Type> tasks, RunMode mode, Action<string> say)
    {
        TaskGraph graph = new(tasks);
        if (mode.Tree)
        {
            foreach (string line in graph.TreeOf(run.Target))
                say(line);
            return;
        }

        IReadOnlyList<Type> order = graph.OrderFor(run.Target);
        if (mode.Exclusive)
            order = [order[^1]];
        if (mode.DryRun)
        {
            foreach (Type task in order)
                say($"{TaskCatalog.NameOf(task),-12} {TaskCatalog.DescriptionOf(task)}".TrimEnd());
            return;
        }

        FactoryContext context = new(run);
        foreach (Type type in order)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            IFrostingTask task = (IFrostingTask)Activator.CreateInstance(type)!;
            if (task.ShouldRun(context))
                await task.RunAsync(context).ConfigureAwait(false);
        }
    }
}
