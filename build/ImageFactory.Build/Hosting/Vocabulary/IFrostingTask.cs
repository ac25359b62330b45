namespace ImageFactory.Build.Hosting.Vocabulary;

public interface IFrostingTask
{
    bool ShouldRun(IFrostingContext context);

    Task RunAsync(IFrostingContext context);
}
