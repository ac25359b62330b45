namespace ImageFactory.Build.Hosting.Vocabulary;

/// <summary>A task that does its work at once, or has none and only gathers its dependencies.</summary>
public abstract class FrostingTask<T> : IFrostingTask
    where T : IFrostingContext
{
    public virtual bool ShouldRun(T context) => true;

    public virtual void Run(T context)
    {
    }

    bool IFrostingTask.ShouldRun(IFrostingContext context) => ShouldRun((T)context);

    Task IFrostingTask.RunAsync(IFrostingContext context)
    {
        Run((T)context);
        return Task.CompletedTask;
    }
}
