using ImageFactory.Build.Hosting;

namespace ImageFactory.Build.Tasks;

[TaskName("Default")]
[TaskDescription("The same as Build")]
[IsDependentOn(typeof(BuildTask))]
public sealed class DefaultTask : FrostingTask<FactoryContext>;
