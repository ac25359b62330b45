namespace ImageFactory.Build.Hosting;

public sealed partial class FactoryContext : IFrostingContext
{
    internal FactoryContext(FactoryRun run) => this.run = run;
}
