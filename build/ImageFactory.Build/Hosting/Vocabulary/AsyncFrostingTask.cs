namespace ImageFactory.Build.Hosting.Vocabulary;

public abstract class AsyncFrostingTask<T> : IFrostingTask
    where T : IFrostingContext
{
    public virtual bool ShouldRun(T context) => true;

    public virtual Task RunAsync(T context) => Task.CompletedTask;

    bool IFrostingTask.ShouldRun(IFrostingContext context) => ShouldRun((T)context);

    Task IFrostingTask.RunAsync(IFrostingContext context) => RunAsync((T)context);
}
